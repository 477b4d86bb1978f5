package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuAnalysisTest {
  private static final String IMAGE = disk("vda", "/i.qcow2");

  private static PlanningContextBuilder withMemory() {
    return new PlanningContextBuilder()
        .snapshot(
            "s1",
            "running",
            "<disk name='vda' snapshot='internal'/>",
            "<devices>" + IMAGE + "</devices>")
        .disks(IMAGE);
  }

  private static boolean namesBitmaps(PlanningContextBuilder context) {
    return new QemuAnalysis()
        .unknowns(context.revertingTo("s1")).stream()
            .anyMatch(unknown -> unknown.contains("bitmap"));
  }

  @Test
  void bitmapOfRunningGuestIsUnknown() {
    assertTrue(namesBitmaps(withMemory().in(StateReason.RUNNING_BOOTED)));
    assertFalse(namesBitmaps(withMemory()));
  }

  @Test
  void elementThatTheLibraryDoesNotKnowIsUnknown() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("s1", "running", "", "<devices><teleporter/></devices>")
            .domain("<quantum/>");
    List<String> unknowns = new QemuAnalysis().unknowns(context.revertingTo("s1"));
    for (String element : List.of("quantum", "devices/teleporter")) {
      assertTrue(
          unknowns.contains(
              "what a revert does with \""
                  + element
                  + "\": this release does not know this element of a domain's definition"),
          unknowns::toString);
    }
  }
}
