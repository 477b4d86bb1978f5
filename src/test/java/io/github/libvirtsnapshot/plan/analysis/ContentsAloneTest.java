package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.Scene;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;

/**
 * Where a domain's own images suffice, no other domain changes what is said of a snapshot, and so
 * none is asked for. Chance chooses the images, and which lie beneath which.
 */
class ContentsAloneTest {
  /** A snapshot of the disk, within its image or with an overlay. */
  record Shot(String disk, boolean external) {}

  @Provide
  Arbitrary<String> images() {
    return Arbitraries.frequency(Tuple.of(6, "/a"), Tuple.of(1, "/b"), Tuple.of(1, "/c"));
  }

  @Provide
  Arbitrary<String> disks() {
    Arbitrary<String> beneath =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.just("")),
            Tuple.of(3, Arbitraries.just("<backingStore/>")),
            Tuple.of(1, images().map(LossesTest::backedBy)));
    return Combinators.combine(images(), beneath)
        .as((image, base) -> Scene.disk("vda", image, base));
  }

  @Provide
  Arbitrary<Shot> shots() {
    return Combinators.combine(
            disks(), Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true)))
        .as(Shot::new);
  }

  private static Facts facts(String now, List<Shot> shots, List<String> others) {
    Scene scene = new Scene().disks(now);
    for (int i = 0; i < shots.size(); i++) {
      Shot shot = shots.get(i);
      if (shot.external()) {
        scene.external("s" + i, "/b", shot.disk());
      } else {
        scene.internal("s" + i, shot.disk());
      }
    }
    others.forEach(disk -> scene.other(disk, true, disk));
    return scene.revertingTo("s0");
  }

  private static Disk read(String disk) {
    return Disk.of(new Scene().disks(disk).definition()).get(0);
  }

  /** One says that an image is based on nothing, the other that it is based on something. */
  private static boolean contradict(Disk one, Disk other) {
    return one.image().equals(other.image()) && one.standalone() && !other.beneath().isEmpty();
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void noOtherChangesWhatIsSaid(
      @ForAll @From("disks") String now,
      @ForAll @Size(min = 1, max = 3) List<@From("shots") Shot> shots,
      @ForAll @Size(min = 1, max = 3) List<@From("disks") String> others) {
    Assume.that(others.stream().noneMatch(other -> contradict(read(now), read(other))));
    Facts alone = facts(now, shots, List.of());
    boolean suffice = alone.domainFacts().images().sufficeFor(alone.target());

    Statistics.label("own images suffice")
        .collect(suffice)
        .coverage(found -> found.check(true).count(often -> often >= 50));
    if (suffice) {
      assertEquals(FidelityAnalysis.of(alone), FidelityAnalysis.of(facts(now, shots, others)));
    }
  }
}
