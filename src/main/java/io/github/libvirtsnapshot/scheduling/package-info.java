/**
 * The jobs of many hosts and their connections: {@link
 * io.github.libvirtsnapshot.scheduling.FairScheduler} decides which job is next, and a {@link
 * io.github.libvirtsnapshot.scheduling.HostSession} lends the connections to one host.
 */
@NullMarked
package io.github.libvirtsnapshot.scheduling;

import org.jspecify.annotations.NullMarked;
