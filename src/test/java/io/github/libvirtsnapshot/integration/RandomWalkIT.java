package io.github.libvirtsnapshot.integration;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/**
 * The same walks in each run, so that only a change of the library or of its tests can fail them.
 */
@Tag("qemu")
@Tag("another-process")
class RandomWalkIT extends RandomWalks {
  @Property(seed = "3485544618326884592", edgeCases = EdgeCasesMode.NONE)
  void plansReportsAndUndoMatchObservations(
      @ForAll("guests") Guest guest, @ForAll("walks") Actions actions) throws Exception {
    walk(guest, actions);
  }
}
