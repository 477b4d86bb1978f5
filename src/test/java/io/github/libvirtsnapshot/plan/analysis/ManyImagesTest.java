package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.Allocation;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.plan.rules.DriverRules;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Plans a revert of a domain with many images on a host with many other domains. */
class ManyImagesTest {
  private static final int IMAGES = 2_000;
  private static final int DOMAINS = 1_000;
  private static final int BYTES_OF_EACH = 100_000;

  private static String image(int number) {
    return "/images/" + number;
  }

  /** A search through all other domains for each image would take far more memory. */
  @Test
  void planMemoryIsProportionalToImagesAndDomains() {
    String[] disks =
        IntStream.range(0, IMAGES)
            .mapToObj(i -> PlanningContextBuilder.disk("vd" + i, image(i)))
            .toArray(String[]::new);
    PlanningContextBuilder context = new PlanningContextBuilder().disks(disks);
    String modes =
        IntStream.range(0, IMAGES)
            .mapToObj(i -> "<disk name='vd" + i + "' snapshot='internal'/>")
            .collect(Collectors.joining());
    context.snapshot(
        "clean", "shutoff", modes, "<devices>" + String.join("", disks) + "</devices>");
    for (int i = 0; i < DOMAINS; i++) {
      context.other("other" + i, false, PlanningContextBuilder.disk("vda", image(i)));
    }

    Allocation.assertAtMost(
        BYTES_OF_EACH,
        IMAGES + DOMAINS,
        () -> {
          Facts facts = context.revertingTo("clean");
          DriverAnalysis driver = DriverAnalysis.of("QEMU");
          assertEquals(IMAGES, driver.contents(facts).size());
          assertEquals(DOMAINS, lostDomains(facts));
          assertEquals(Optional.empty(), DriverRules.of("QEMU").predict(facts).refusal());
          assertEquals(
              Optional.of(SafetySnapshotOption.Kind.INTERNAL), driver.safety(facts).kind());
        });
  }

  private static long lostDomains(Facts facts) {
    return Losses.of(facts).stream().filter(loss -> loss.kind() == Loss.Kind.OTHER_DOMAINS).count();
  }
}
