/**
 * Hands out clean machines at once: {@link io.github.libvirtsnapshot.pool.DomainPool} reverts its
 * domains ahead, and again after each use.
 *
 * <pre>{@code
 * try (DomainPool pool =
 *     DomainPool.with(domain -> SnapshotReverter.of(domain).to("clean-install").running())
 *         .on("qemu:///system", "web01", "web02")
 *         .standby(Standby.PAUSED)
 *         .open()) {
 *   try (PooledDomain machine = pool.acquire(Duration.ofSeconds(60))) {
 *     System.out.println(machine.domain().getName() + ": " + machine.report());
 *   }
 *   System.out.println(pool.status());
 * }
 * }</pre>
 */
@NullMarked
package io.github.libvirtsnapshot.pool;

import org.jspecify.annotations.NullMarked;
