package io.github.libvirtsnapshot.integration;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Other walks in each run; {@code verify.sh --walks} starts them. */
@Tag("qemu")
@Tag("another-process")
class NewRandomWalks extends RandomWalks {
  @Property(edgeCases = EdgeCasesMode.NONE)
  void plansReportsAndUndoMatchObservations(
      @ForAll("guests") Guest guest, @ForAll("walks") Actions actions) throws Exception {
    walk(guest, actions);
  }
}
