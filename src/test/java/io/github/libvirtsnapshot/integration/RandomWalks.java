package io.github.libvirtsnapshot.integration;

import com.google.common.base.Joiner;
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
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.ListArbitrary;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Random guests and random actions; an independent observer (libvirt-python) checks the library's
 * plans, reports and guarantees. On a failure, jqwik prints the shortest failing walk that it
 * found, and the seed: as the seed of {@link RandomWalkIT}, it repeats the run.
 */
abstract class RandomWalks {
  private static PrivateLibvirtd libvirtd;
  private static IndependentGuestDriver driver;
  private static Path linux;
  private static final WalkStatistics statistics = new WalkStatistics();

  /**
   * The properties of a guest.
   *
   * @param disks the kinds of the disks
   * @param firmware {@code bios}, the format of the NVRAM, or {@code linux} for a Linux that boots
   * @param hasPool whether the images are in an active storage pool, so that the library can read
   *     them
   * @param extra what else the guest has, in the terms of {@code guest_driver.py}
   */
  record Guest(
      String disks,
      String firmware,
      String cdrom,
      boolean isTransient,
      boolean hasPool,
      String extra) {}

  /** Actions, which jqwik prints one per line. */
  record Actions(List<WalkAction> list) {
    @Override
    public String toString() {
      return Joiner.on('\n').join(list);
    }
  }

  @BeforeContainer
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.startedWithDefaultSettings();
    linux = TestLinux.copyTo(libvirtd);
    driver = new IndependentGuestDriver(libvirtd, linux);
  }

  @AfterContainer
  static void stop() throws Exception {
    System.out.println(statistics);
    if (driver != null) {
      driver.close();
    }
    libvirtd.close();
  }

  @Provide
  Arbitrary<Guest> guests() {
    return Combinators.combine(
            // Few guests with raw disks or UEFI: libvirt 9.0 takes no internal snapshots of them.
            Arbitraries.frequency(
                Tuple.of(3, "qcow2"),
                Tuple.of(2, "qcow2,qcow2"),
                Tuple.of(2, "clone"),
                Tuple.of(2, "clone,qcow2"),
                Tuple.of(2, "qcow2,shared,qcow2"),
                Tuple.of(2, "qcow2,luks"),
                Tuple.of(1, "qcow2,raw"),
                Tuple.of(1, "raw")),
            Arbitraries.frequency(
                Tuple.of(16, "bios"),
                Tuple.of(1, "raw"),
                Tuple.of(1, "qcow2"),
                Tuple.of(2, "linux")),
            Arbitraries.frequency(Tuple.of(4, "none"), Tuple.of(1, "empty"), Tuple.of(1, "medium")),
            Arbitraries.frequency(Tuple.of(9, false), Tuple.of(1, true)),
            Arbitraries.of(true, false),
            Arbitraries.frequency(
                Tuple.of(5, "none"),
                Tuple.of(1, "vcpu"),
                Tuple.of(1, "emulator"),
                Tuple.of(1, "tpm")))
        .as(Guest::new);
  }

  /** Most walks begin with snapshots of different content; otherwise no revert is possible. */
  @Provide
  Arbitrary<Actions> walks() {
    Arbitrary<WalkAction.Type> first =
        Arbitraries.frequency(
            Tuple.of(4, WalkAction.Type.CREATE_SNAPSHOT),
            Tuple.of(3, WalkAction.Type.WRITE_DISK),
            Tuple.of(1, WalkAction.Type.START));
    return Combinators.combine(
            actions(first).ofMaxSize(10),
            actions(Arbitraries.frequencyOf(Tuple.of(3, often()), Tuple.of(1, rarely())))
                .ofMinSize(1)
                .ofMaxSize(40)
                .withSizeDistribution(RandomDistribution.uniform()))
        .as(
            (beginning, rest) ->
                new Actions(Stream.concat(beginning.stream(), rest.stream()).toList()));
  }

  private static ListArbitrary<WalkAction> actions(Arbitrary<WalkAction.Type> type) {
    return Combinators.combine(
            type, Arbitraries.integers().between(0, 5), Arbitraries.integers().between(0, 300))
        .as(WalkAction::new)
        .list();
  }

  private static Arbitrary<WalkAction.Type> often() {
    return Arbitraries.frequency(
        Tuple.of(2, WalkAction.Type.START),
        Tuple.of(1, WalkAction.Type.SUSPEND),
        Tuple.of(2, WalkAction.Type.STOP),
        Tuple.of(1, WalkAction.Type.KILL_PROCESS),
        Tuple.of(6, WalkAction.Type.WRITE_DISK),
        Tuple.of(5, WalkAction.Type.CREATE_SNAPSHOT),
        Tuple.of(2, WalkAction.Type.DELETE_SNAPSHOT),
        Tuple.of(5, WalkAction.Type.REVERT),
        Tuple.of(4, WalkAction.Type.GUARDED_REVERT),
        Tuple.of(8, WalkAction.Type.REVERT_WITH_SAFETY_SNAPSHOT),
        Tuple.of(8, WalkAction.Type.UNDO));
  }

  private static Arbitrary<WalkAction.Type> rarely() {
    return Arbitraries.of(
        WalkAction.Type.RESUME,
        WalkAction.Type.MANAGED_SAVE,
        WalkAction.Type.CRASH,
        WalkAction.Type.SUSPEND_TO_MEMORY,
        WalkAction.Type.WAKE_UP,
        WalkAction.Type.CREATE_CHECKPOINT,
        WalkAction.Type.DELETE_CHECKPOINTS,
        WalkAction.Type.ATTACH_DISK,
        WalkAction.Type.DETACH_DISK,
        WalkAction.Type.SET_TITLE,
        WalkAction.Type.REMOVE_SNAPSHOT_DATA,
        WalkAction.Type.MOVE_DISK,
        WalkAction.Type.SHARE_IMAGE,
        WalkAction.Type.REMOVE_OTHER_DOMAIN,
        WalkAction.Type.BLOCK_JOB,
        WalkAction.Type.REDEFINE_SNAPSHOT,
        WalkAction.Type.ADD_SNAPSHOT_TO_IMAGE,
        WalkAction.Type.CHANGE_CHAIN,
        WalkAction.Type.CHANGE_CHAIN,
        WalkAction.Type.CHANGE_CHAIN,
        WalkAction.Type.NAME_IMAGE,
        WalkAction.Type.NAME_IMAGE,
        WalkAction.Type.PLUG,
        WalkAction.Type.PLUG,
        WalkAction.Type.CHANGE_BITMAPS,
        WalkAction.Type.CHANGE_MEDIUM,
        WalkAction.Type.CHANGE_HOST,
        WalkAction.Type.CHANGE_HOST,
        WalkAction.Type.DELETE_SAFETY_SNAPSHOT);
  }

  /** Some actions make libvirtd crash. */
  private static void restartIfCrashed() throws Exception {
    try {
      new Connect(libvirtd.qemu()).close();
    } catch (LibvirtException e) {
      driver.close();
      libvirtd.start(Map.of());
      driver = new IndependentGuestDriver(libvirtd, linux);
    }
  }

  /** Performs a walk; a guest that libvirt cannot create is skipped. */
  void walk(Guest guest, Actions actions) throws Exception {
    Map<String, String> created =
        driver.perform(
            "create",
            guest.disks(),
            guest.firmware(),
            guest.cdrom(),
            guest.isTransient(),
            guest.hasPool(),
            guest.extra());
    if (created.containsKey("error")) {
      return;
    }
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(created.get("name"))) {
      RandomWalk walk = new RandomWalk(driver, domain, guest.hasPool(), statistics);
      for (WalkAction action : actions.list()) {
        if (!walk.perform(action)) {
          break;
        }
        statistics.addStep();
      }
    } finally {
      driver.perform("remove_guest");
      restartIfCrashed();
    }
  }
}
