package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.Scene.disk;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.facts.Scene;
import org.junit.jupiter.api.Test;

class QemuAnalysisTest {
  private static final String IMAGE = disk("vda", "/i.qcow2");

  private static Scene withMemory() {
    return new Scene()
        .snapshot(
            "s1",
            "running",
            "<disk name='vda' snapshot='internal'/>",
            "<devices>" + IMAGE + "</devices>")
        .disks(IMAGE);
  }

  private static boolean namesBitmaps(Scene scene) {
    return new QemuAnalysis()
        .unknowns(scene.revertingTo("s1")).stream().anyMatch(unknown -> unknown.contains("bitmap"));
  }

  @Test
  void whereABitmapMayBeIsNotKnown() {
    assertTrue(namesBitmaps(withMemory().checkpointIn("/other")));
    assertFalse(namesBitmaps(withMemory()));
  }
}
