package io.github.libvirtsnapshot.integration;

import com.google.common.base.Joiner;
import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.ListArbitrary;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Chance chooses a guest and what happens to it, and something other than our code looks at the
 * result. jqwik prints the seed of a failure and the shortest walk that it found to it; the seed
 * repeats it.
 */
@Tag("qemu")
@Tag("another-process")
class RandomWalkIT {
  private static PrivateLibvirtd libvirtd;
  private static IndependentGuestDriver world;
  private static Path linux;
  private static final Multiset<String> ends = TreeMultiset.create();
  private static int steps;

  /**
   * A guest.
   *
   * @param disks the kinds of its disks
   * @param firmware {@code bios}, the format of the NVRAM, or {@code linux} for one that boots
   */
  record Guest(String disks, String firmware, String cdrom, boolean isTransient) {}

  /** Moves that jqwik prints one on a line. */
  record Moves(List<WalkAction> list) {
    @Override
    public String toString() {
      return Joiner.on('\n').join(list);
    }
  }

  @BeforeContainer
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    linux = TestLinux.copyTo(libvirtd);
    world = new IndependentGuestDriver(libvirtd, linux);
  }

  @AfterContainer
  static void stop() throws Exception {
    System.out.println("steps of random walks: " + steps + ", of which " + ends);
    if (world != null) {
      world.close();
    }
    libvirtd.close();
  }

  @Provide
  Arbitrary<Guest> guests() {
    return Combinators.combine(
            Arbitraries.of(
                "qcow2",
                "qcow2,qcow2",
                "clone",
                "qcow2,raw",
                "raw",
                "clone,qcow2",
                "qcow2,shared,qcow2"),
            Arbitraries.frequency(
                Tuple.of(8, "bios"),
                Tuple.of(1, "raw"),
                Tuple.of(1, "qcow2"),
                Tuple.of(1, "linux")),
            Arbitraries.frequency(Tuple.of(4, "none"), Tuple.of(1, "empty"), Tuple.of(1, "medium")),
            Arbitraries.frequency(Tuple.of(9, false), Tuple.of(1, true)))
        .as(Guest::new);
  }

  /**
   * Most walks begin with snapshots of different content, as there is nothing to revert to else.
   */
  @Provide
  Arbitrary<Moves> walks() {
    Arbitrary<WalkAction.What> first =
        Arbitraries.frequency(
            Tuple.of(4, WalkAction.What.TAKE),
            Tuple.of(3, WalkAction.What.WRITE),
            Tuple.of(1, WalkAction.What.START));
    return Combinators.combine(
            moves(first).ofMaxSize(10),
            moves(Arbitraries.frequencyOf(Tuple.of(12, often()), Tuple.of(1, rarely())))
                .ofMinSize(1)
                .ofMaxSize(40)
                .withSizeDistribution(RandomDistribution.uniform()))
        .as(
            (beginning, rest) ->
                new Moves(Stream.concat(beginning.stream(), rest.stream()).toList()));
  }

  private static ListArbitrary<WalkAction> moves(Arbitrary<WalkAction.What> what) {
    return Combinators.combine(
            what, Arbitraries.integers().between(0, 5), Arbitraries.integers().between(0, 300))
        .as(WalkAction::new)
        .list();
  }

  private static Arbitrary<WalkAction.What> often() {
    return Arbitraries.frequency(
        Tuple.of(2, WalkAction.What.START),
        Tuple.of(1, WalkAction.What.SUSPEND),
        Tuple.of(2, WalkAction.What.STOP),
        Tuple.of(1, WalkAction.What.KILL),
        Tuple.of(6, WalkAction.What.WRITE),
        Tuple.of(5, WalkAction.What.TAKE),
        Tuple.of(2, WalkAction.What.DELETE),
        Tuple.of(5, WalkAction.What.REVERT),
        Tuple.of(4, WalkAction.What.REVERT_GUARDED),
        Tuple.of(8, WalkAction.What.REVERT_SAFELY),
        Tuple.of(8, WalkAction.What.UNDO));
  }

  private static Arbitrary<WalkAction.What> rarely() {
    return Arbitraries.of(
        WalkAction.What.RESUME,
        WalkAction.What.SAVE,
        WalkAction.What.CRASH,
        WalkAction.What.DOZE,
        WalkAction.What.WAKE,
        WalkAction.What.CHECKPOINT,
        WalkAction.What.FORGET_CHECKPOINTS,
        WalkAction.What.ATTACH,
        WalkAction.What.DETACH,
        WalkAction.What.RENAME,
        WalkAction.What.LOSE,
        WalkAction.What.MOVE,
        WalkAction.What.SHARE,
        WalkAction.What.UNSHARE,
        WalkAction.What.JOB,
        WalkAction.What.DISCARD);
  }

  /** libvirtd dies of some of the moves. */
  private static void startAgainIfDead() throws Exception {
    try {
      new Connect(libvirtd.qemu()).close();
    } catch (LibvirtException e) {
      world.close();
      libvirtd.start(Map.of());
      world = new IndependentGuestDriver(libvirtd, linux);
    }
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void promisesAreKept(@ForAll("guests") Guest guest, @ForAll("walks") Moves moves)
      throws Exception {
    Map<String, String> made =
        world.ask("make", guest.disks(), guest.firmware(), guest.cdrom(), guest.isTransient());
    if (made.containsKey("refused")) {
      return;
    }
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(made.get("name"))) {
      RandomWalk walk = new RandomWalk(world, domain);
      for (WalkAction move : moves.list()) {
        if (!walk.make(move)) {
          break;
        }
        steps++;
      }
      ends.addAll(walk.ends());
    } finally {
      world.ask("end");
      startAgainIfDead();
    }
  }
}
