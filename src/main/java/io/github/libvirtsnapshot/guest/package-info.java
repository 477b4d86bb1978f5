/**
 * Waits until the guest of a domain is ready, and sets its clock and its network: {@link
 * io.github.libvirtsnapshot.guest.GuestProbe} waits, {@link
 * io.github.libvirtsnapshot.guest.GuestAgent} calls the agent, which sets the clock and thaws the
 * file systems, and {@link io.github.libvirtsnapshot.guest.GuestNetwork} takes the links of the
 * network interfaces down and up.
 *
 * <pre>{@code
 * Duration atMost = Duration.ofSeconds(60);
 * GuestProbe ready = GuestProbe.agent().and(GuestProbe.tcp(22));
 * GuestStatus status = ready.await(domain, atMost);
 * System.out.println("ready after " + status.waited());
 * GuestAgent agent = GuestAgent.of(domain);
 * System.out.println(agent.setClock());
 * if (agent.isFrozen()) {
 *   agent.thaw();
 * }
 * GuestNetwork.of(domain).reconnect();
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.guest;

import org.jspecify.annotations.NullMarked;
