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
  private static GuestWorld world;
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
  record Moves(List<Move> list) {
    @Override
    public String toString() {
      return Joiner.on('\n').join(list);
    }
  }

  @BeforeContainer
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    linux = TestLinux.copyTo(libvirtd);
    world = new GuestWorld(libvirtd, linux);
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
    Arbitrary<Move.What> first =
        Arbitraries.frequency(
            Tuple.of(4, Move.What.TAKE),
            Tuple.of(3, Move.What.WRITE),
            Tuple.of(1, Move.What.START));
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

  private static ListArbitrary<Move> moves(Arbitrary<Move.What> what) {
    return Combinators.combine(
            what, Arbitraries.integers().between(0, 5), Arbitraries.integers().between(0, 300))
        .as(Move::new)
        .list();
  }

  private static Arbitrary<Move.What> often() {
    return Arbitraries.frequency(
        Tuple.of(2, Move.What.START),
        Tuple.of(1, Move.What.SUSPEND),
        Tuple.of(2, Move.What.STOP),
        Tuple.of(1, Move.What.KILL),
        Tuple.of(6, Move.What.WRITE),
        Tuple.of(5, Move.What.TAKE),
        Tuple.of(2, Move.What.DELETE),
        Tuple.of(5, Move.What.REVERT),
        Tuple.of(4, Move.What.REVERT_GUARDED),
        Tuple.of(8, Move.What.REVERT_SAFELY),
        Tuple.of(8, Move.What.UNDO));
  }

  private static Arbitrary<Move.What> rarely() {
    return Arbitraries.of(
        Move.What.RESUME,
        Move.What.SAVE,
        Move.What.CRASH,
        Move.What.DOZE,
        Move.What.WAKE,
        Move.What.CHECKPOINT,
        Move.What.FORGET_CHECKPOINTS,
        Move.What.ATTACH,
        Move.What.DETACH,
        Move.What.RENAME,
        Move.What.LOSE,
        Move.What.MOVE,
        Move.What.SHARE,
        Move.What.UNSHARE,
        Move.What.JOB,
        Move.What.DISCARD);
  }

  /** libvirtd dies of some of the moves. */
  private static void startAgainIfDead() throws Exception {
    try {
      new Connect(libvirtd.qemu()).close();
    } catch (LibvirtException e) {
      world.close();
      libvirtd.start(Map.of());
      world = new GuestWorld(libvirtd, linux);
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
      Walk walk = new Walk(world, domain);
      for (Move move : moves.list()) {
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
