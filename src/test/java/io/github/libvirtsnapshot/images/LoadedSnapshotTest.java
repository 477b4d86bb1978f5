package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.images.LoadedSnapshot.Outcome;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LoadedSnapshotTest {
  private static final long TAKEN = 1_764_000_000;

  private static SnapshotDescription snapshot(String name, String state) {
    return SnapshotDescription.parse(
        "<domainsnapshot><name>"
            + name
            + "</name><creationTime>"
            + TAKEN
            + "</creationTime><state>"
            + state
            + "</state></domainsnapshot>");
  }

  private static Qcow2Snapshot stored(String id, String name, long secondsLater) {
    return new Qcow2Snapshot(
        id,
        name,
        Instant.ofEpochSecond(TAKEN + secondsLater, 999_999_999),
        Duration.ZERO,
        0,
        OptionalLong.empty());
  }

  private static Qcow2Image image(Qcow2Snapshot... snapshots) {
    return SampleQcow2.image(List.of(snapshots), List.of());
  }

  private static String loaded(SnapshotDescription snapshot, Qcow2Snapshot... stored) {
    LoadedSnapshot loaded = LoadedSnapshot.of(snapshot, image(stored));
    return loaded.outcome() + (loaded.reason().isEmpty() ? "" : ": " + loaded.reason());
  }

  private static String loaded(String name, Qcow2Snapshot... stored) {
    return loaded(snapshot(name, "shutoff"), stored);
  }

  @Test
  void snapshotOfThisNameAndTime_isTheSame() {
    assertEquals("SAME", loaded("clean", stored("1", "old", -9), stored("2", "clean", 0)));
    assertEquals("SAME", loaded("clean", stored("1", "clean", 60)));
  }

  @Test
  void imageWithoutTheSnapshot_isMissing() {
    assertEquals("MISSING", loaded("clean"));
    assertEquals("MISSING", loaded("clean", stored("1", "old", 0)));
  }

  @Test
  void nameThatIsAnIdOfAnotherSnapshot_loadsTheOther() {
    assertEquals(
        "OTHER: QEMU takes the name \"1\" for the ID of snapshot \"2\", and loads that snapshot",
        loaded("1", stored("1", "2", -1), stored("2", "1", 0)));
    assertEquals("SAME", loaded("1", stored("1", "1", 0), stored("2", "2", 0)));
  }

  @Test
  void idWithoutASnapshotOfThatName_isLoadedOnlyByQemuImg() {
    Qcow2Snapshot other = stored("1", "nightly", 0);
    assertEquals(
        Outcome.OTHER, LoadedSnapshot.of(snapshot("1", "shutoff"), image(other)).outcome());
    assertEquals("MISSING", loaded(snapshot("1", "running"), other));
  }

  @Test
  void secondSnapshotOfTheSameName_isNotLoaded() {
    assertEquals(
        "OTHER: the image has 2 snapshots of this name, and QEMU loads the one taken"
            + " 2025-11-24T15:59:51.999999999Z, which may not be the one of libvirt, taken"
            + " 2025-11-24T16:00:00Z",
        loaded("clean", stored("1", "clean", -9), stored("2", "clean", 0)));
    assertEquals("SAME", loaded("clean", stored("1", "clean", 0), stored("2", "clean", 9)));
  }

  @Test
  void twoSnapshotsOfTheSameNameAndSecond_areNotDistinguished() {
    assertEquals(
        Outcome.OTHER,
        LoadedSnapshot.of(
                snapshot("clean", "shutoff"),
                image(stored("1", "clean", 0), stored("2", "clean", 0)))
            .outcome());
  }

  /** libvirt takes the time before qemu-img creates the snapshot, which can be a second later. */
  @Test
  void twoSnapshotsOfTheSameNameInSuccession_areNotDistinguished() {
    assertEquals(
        Outcome.OTHER,
        LoadedSnapshot.of(
                snapshot("clean", "shutoff"),
                image(stored("1", "clean", 0), stored("2", "clean", 1)))
            .outcome());
  }

  @Test
  void snapshotOfAnotherTime_isAnother() {
    assertEquals(
        "OTHER: the snapshot in the image was taken 2025-11-24T16:01:01.999999999Z, and the"
            + " snapshot of libvirt 2025-11-24T16:00:00Z",
        loaded("clean", stored("1", "clean", 61)));
    assertEquals(
        Outcome.OTHER,
        LoadedSnapshot.of(snapshot("clean", "shutoff"), image(stored("1", "clean", -61)))
            .outcome());
  }
}
