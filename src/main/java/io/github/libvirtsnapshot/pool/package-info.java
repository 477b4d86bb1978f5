/**
 * {@link io.github.libvirtsnapshot.pool.DomainPool} reverts domains ahead, so that a program gets a
 * clean machine at once.
 */
@NullMarked
package io.github.libvirtsnapshot.pool;

import org.jspecify.annotations.NullMarked;
