package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
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
 * Tests with random images and backing images that other domains do not affect the contents of a
 * snapshot in images without backing images. The library does not query other domains in this case.
 */
class ContentsAloneTest {
  /** An internal or external snapshot of a disk. */
  record SnapshotOfDisk(String disk, boolean external) {}

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
        .as((image, base) -> PlanningContextBuilder.disk("vda", image, base));
  }

  @Provide
  Arbitrary<SnapshotOfDisk> snapshots() {
    return Combinators.combine(
            disks(), Arbitraries.frequency(Tuple.of(4, false), Tuple.of(1, true)))
        .as(SnapshotOfDisk::new);
  }

  private static Facts facts(String now, List<SnapshotOfDisk> snapshots, List<String> others) {
    PlanningContextBuilder context = new PlanningContextBuilder().disks(now);
    for (int i = 0; i < snapshots.size(); i++) {
      SnapshotOfDisk snapshot = snapshots.get(i);
      if (snapshot.external()) {
        context.external("s" + i, "/b", snapshot.disk());
      } else {
        context.internal("s" + i, snapshot.disk());
      }
    }
    others.forEach(disk -> context.other(disk, true, disk));
    return context.revertingTo("s0");
  }

  private static Disk read(String disk) {
    return Disk.of(new PlanningContextBuilder().disks(disk).definition()).get(0);
  }

  /** Returns whether one disk has no backing image where the other disk has one. */
  private static boolean contradict(Disk one, Disk other) {
    return one.image().equals(other.image()) && one.standalone() && !other.beneath().isEmpty();
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void otherDomainsDoNotAffectContentsOfStandaloneImages(
      @ForAll @From("disks") String now,
      @ForAll @Size(min = 1, max = 3) List<@From("snapshots") SnapshotOfDisk> snapshots,
      @ForAll @Size(min = 1, max = 3) List<@From("disks") String> others) {
    Assume.that(others.stream().noneMatch(other -> contradict(read(now), read(other))));
    Facts withoutOthers = facts(now, snapshots, List.of());
    boolean suffice = withoutOthers.domainFacts().images().sufficeFor(withoutOthers.target());

    Statistics.label("own images suffice")
        .collect(suffice)
        .coverage(found -> found.check(true).count(often -> often >= 50));
    if (suffice) {
      assertEquals(
          FidelityAnalysis.of(withoutOthers), FidelityAnalysis.of(facts(now, snapshots, others)));
    }
  }
}
