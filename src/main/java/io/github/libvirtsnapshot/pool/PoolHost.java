package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.scheduling.FairScheduler.HostQueue;
import io.github.libvirtsnapshot.scheduling.HostSession;

/**
 * A host of a pool.
 *
 * @param inventory what the plans of all domains of the host share
 * @param queue the reverts of the host that wait
 */
record PoolHost(String uri, HostSession session, HostInventory inventory, HostQueue queue) {}
