package io.github.libvirtsnapshot.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.Allocation;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A domain with many images beside many other domains. */
class ManyImagesTest {
  private static final int IMAGES = 2_000;
  private static final int DOMAINS = 1_000;
  private static final int BYTES_OF_EACH = 100_000;

  private static String image(int number) {
    return "/images/" + number;
  }

  /** To look at each of the other domains for each image would take far more. */
  @Test
  void aPlanTakesMemoryInProportion() {
    String[] disks =
        IntStream.range(0, IMAGES)
            .mapToObj(i -> Scene.disk("vd" + i, image(i)))
            .toArray(String[]::new);
    Scene scene = new Scene().disks(disks);
    String modes =
        IntStream.range(0, IMAGES)
            .mapToObj(i -> "<disk name='vd" + i + "' snapshot='internal'/>")
            .collect(Collectors.joining());
    scene.snapshot("clean", "shutoff", modes, "<devices>" + String.join("", disks) + "</devices>");
    for (int i = 0; i < DOMAINS; i++) {
      scene.other("other" + i, false, Scene.disk("vda", image(i)));
    }

    Allocation.assertAtMost(
        BYTES_OF_EACH,
        IMAGES + DOMAINS,
        () -> {
          Situation situation = scene.revertingTo("clean");
          DriverRules rules = DriverRules.of("QEMU");
          assertEquals(IMAGES, rules.contents(situation).size());
          assertEquals(DOMAINS, lostDomains(situation, scene));
          rules.forecast(situation);
          rules.safety(situation);
        });
  }

  private static long lostDomains(Situation situation, Scene scene) {
    return Losses.of(situation, scene.definition()).stream()
        .filter(loss -> loss.kind() == Loss.Kind.OTHER_DOMAINS)
        .count();
  }
}
