package io.github.libvirtsnapshot.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossesTest {
  private static final String MEMORY = "what the guest has in memory";
  private static final String SAVED =
      "the managed save image: it stays, but no longer fits the disks, and the next start would go"
          + " on from it";

  private static List<Loss> losses(
      String devices, boolean active, boolean managedSave, boolean external) {
    return Losses.of(
        XmlNode.parse("<domain><devices>" + devices + "</devices></domain>"),
        new DomainStatus(
            StateAndReason.of(active ? StateReason.RUNNING_BOOTED : StateReason.SHUTOFF_SAVED),
            active ? OptionalInt.of(7) : OptionalInt.empty(),
            Optional.empty(),
            true,
            managedSave),
        new SnapshotDetails("a", "running", Optional.of(0L), true, external, true));
  }

  private static String words(List<Loss> losses) {
    return losses.stream().map(Loss::toString).collect(Collectors.joining("; "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                      | true  | ",
        "''                                      | false | ",
        "<graphics type='vnc'/>                  | true  | the connections to its vnc",
        "<graphics type='vnc'/>                  | false | ",
        "<graphics type='v&#10;c'/><serial/>     | true  | the connections to its v\\nc, serial console",
        "<console/>                              | true  | the connections to its serial console",
        "<graphics type='vnc'/><graphics type='spice'/><serial/><console/>"
            + "| true | the connections to its vnc, spice, serial console",
      })
  void memoryAndConsolesAreLostOfAnActiveDomain(String devices, boolean active, String consoles) {
    String expected = active ? consoles == null ? MEMORY : MEMORY + "; " + consoles : "";

    assertEquals(expected, words(losses(devices, active, false, false)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<disk><target dev='vda'/></disk>                                       | vda",
        "<disk device='disk'><target dev='vda'/></disk>                         | vda",
        "<disk device='lun'><target dev='sda'/></disk>                          | sda",
        "<disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk>       | vda, vdb",
        "<disk device='cdrom'><target dev='hda'/></disk>                        | ",
        "<disk device='floppy'><target dev='fda'/></disk>                       | ",
        "<disk><target dev='vda'/><readonly/></disk>                            | ",
        "<disk><target dev='v&#10;a'/></disk>                                   | v\\na",
      })
  void whatWasWrittenToTheDisksIsLost(String devices, String disks) {
    String expected =
        disks == null
            ? ""
            : "what was written to "
                + disks
                + " since 1970-01-01T00:00:00Z and is in no other snapshot";

    assertEquals(expected, words(losses(devices, false, false, false)));
  }

  @Test
  void theManagedSaveImageNoLongerFits() {
    List<Loss> losses = losses("", false, true, false);
    assertEquals(SAVED, words(losses));
    assertEquals(Loss.Kind.MANAGED_SAVE, losses.get(0).kind());
  }

  @Test
  void overlaysAreLostOnTheWayToAnExternalSnapshot() {
    String devices =
        "<disk><source file='/a.qcow2'/><target dev='vda'/></disk>"
            + "<disk device='cdrom'><target dev='sda'/></disk>";
    List<Loss> losses = losses(devices, false, false, true);
    assertEquals(
        "what is in /a.qcow2: disk vda gets a new file, and libvirt may delete this one",
        losses.get(1).toString());
    assertEquals(2, losses.size());
    assertEquals(1, losses(devices, false, false, false).size());
  }

  @Test
  void eachLossHasItsKind() {
    List<Loss.Kind> kinds =
        losses(
                "<graphics type='vnc'/><disk><source file='/a'/><target dev='vda'/></disk>",
                true,
                true,
                true)
            .stream()
            .map(Loss::kind)
            .toList();
    assertEquals(List.of(Loss.Kind.values()), kinds);
  }

  @Test
  void aSnapshotOfAnUnknownTimeIsSpokenOfAsSuch() {
    List<Loss> losses =
        Losses.of(
            XmlNode.parse("<domain><devices><disk><target dev='vda'/></disk></devices></domain>"),
            new DomainStatus(
                StateAndReason.of(StateReason.SHUTOFF_SAVED),
                OptionalInt.empty(),
                Optional.empty(),
                true,
                false),
            new SnapshotDetails("a", "running", Optional.empty(), true, false, true));
    assertEquals(
        "what was written to vda since the snapshot and is in no other snapshot", words(losses));
  }
}
