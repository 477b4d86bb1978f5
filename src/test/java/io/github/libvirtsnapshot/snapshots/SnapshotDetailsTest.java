package io.github.libvirtsnapshot.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotDetailsTest {
  private static Optional<DomainState> read(String inner) {
    return stateAfterRevert("<domainsnapshot>" + inner + "</domainsnapshot>");
  }

  private static Optional<DomainState> stateAfterRevert(String xml) {
    return SnapshotDetails.parse(xml).stateAfterRevert();
  }

  @Test
  void xmlThatTheCallerHasFetched_isNotFetchedAgain() throws LibvirtException {
    MockedLibvirt libvirt = new MockedLibvirt();
    try (Domain domain = libvirt.open();
        DomainSnapshot snapshot = domain.snapshotLookupByName(MockedLibvirt.SNAPSHOT)) {
      SnapshotDetails details =
          SnapshotDetails.of(snapshot, "listed", "<d><name>in XML</name><state>paused</state></d>");

      assertEquals("listed", details.name());
      assertEquals(Optional.of(SnapshotState.PAUSED), details.state());
      verify(libvirt.library, never()).virDomainSnapshotGetXMLDesc(any(), anyInt());
    }
  }

  @Test
  void stateIsReadFromTheSnapshotElementOnly() {
    assertEquals(
        Optional.of(DomainState.PAUSED),
        read(
            "<name>&lt;state&gt;running</name><description>x</description>"
                + "<parent><state>running</state></parent><state>paused</state>"
                + "<state>shutoff</state>"));
  }

  @Test
  void unknownState_stateAfterRevertIsEmpty() {
    assertEquals(Optional.empty(), read("<state>levitating</state>"));
  }

  @Test
  void xmlWithoutSnapshot_isRejected() {
    assertThrows(IllegalStateException.class, () -> read("<name>x</name>"));
    assertThrows(IllegalStateException.class, () -> stateAfterRevert("<domainsnapshot"));
    assertThrows(IllegalStateException.class, () -> stateAfterRevert(""));
  }

  @Test
  void dtdEntitiesAreNotResolved() {
    assertThrows(
        IllegalStateException.class,
        () ->
            stateAfterRevert(
                "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>"
                    + "<domainsnapshot><state>&e;</state></domainsnapshot>"));
  }

  @ParameterizedTest
  @CsvSource({
    "1700000000, 2023-11-14T22:13:20Z",
    "0, 1970-01-01T00:00:00Z",
    "-1, 1969-12-31T23:59:59Z",
    "9223372036854775807, +1000000000-12-31T23:59:59Z",
    "-9223372036854775808, -1000000000-01-01T00:00:00Z",
  })
  void creationTimeIsClampedToInstantRange(String creationTime, String instant) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><state>running</state><creationTime>"
                + creationTime
                + "</creationTime></domainsnapshot>");
    assertEquals(Optional.of(Long.parseLong(creationTime)), details.creationTime());
    assertEquals(Optional.of(Instant.parse(instant)), details.taken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "9223372036854775808"})
  void invalidCreationTimeIsEmpty(String creationTime) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><state>running</state><creationTime>"
                + creationTime
                + "</creationTime></domainsnapshot>");
    assertEquals(Optional.empty(), details.taken());
  }

  @ParameterizedTest
  @CsvSource({
    "running, '', true, false",
    "paused, '', true, false",
    "shutoff, '', false, false",
    "running, <memory snapshot='no'/>, false, false",
    "running, <memory snapshot='internal'/>, true, false",
    "running, <memory snapshot='external'/>, true, true",
    "disk-snapshot, <disks><disk snapshot='internal'/></disks>, false, false",
    "shutoff, <disks><disk/><disk snapshot='external'/></disks>, false, true",
  })
  void memoryAndExternalFilesAreReadFromXml(
      String state, String inner, boolean memory, boolean external) {
    SnapshotDetails details =
        SnapshotDetails.parse(
            "<domainsnapshot><name>a</name><state>"
                + state
                + "</state>"
                + inner
                + "</domainsnapshot>");
    assertEquals("a", details.name());
    assertEquals(Optional.of(SnapshotState.of(state)), details.state());
    assertEquals(state, details.state().get().word());
    assertEquals(memory, details.hasMemory());
    assertEquals(external, details.external());
    assertEquals(
        stateAfterRevert("<d><state>" + state + "</state></d>"), details.stateAfterRevert());
  }

  @Test
  void definitionOfDomainIsDetected() {
    assertTrue(SnapshotDetails.parse("<d><state>running</state><domain/></d>").describesDomain());
    assertThrows(IllegalStateException.class, () -> SnapshotDetails.parse("<d><name>x</name></d>"));
  }

  @Test
  void textShowsMainDetails() {
    assertEquals(
        "snapshot \"a\" (running, taken 1970-01-01T00:00:00Z, with memory, external)",
        SnapshotDetails.parse(
                "<d><name>a</name><state>running</state><creationTime>0</creationTime>"
                    + "<memory snapshot='external' file='/m'/></d>")
            .toString());
    assertEquals(
        "snapshot \"a\" (shutoff)",
        SnapshotDetails.parse("<d><name>a</name><state>shutoff</state></d>").toString());
  }

  @Test
  void allDetailsAreReadFromXml() {
    String xml =
        """
            <domainsnapshot>
              <name> a &lt;b&gt; </name>
              <description>two
            lines</description>
              <state>
                running
              </state>
              <parent>
                <name>p</name>
              </parent>
              <creationTime>7</creationTime>
              <memory snapshot='external' file='/m'/>
              <disks>
                <disk name='vdb' snapshot='external' type='file'>
                  <driver type='qcow2'/>
                  <source file='/o'/>
                </disk>
                <disk name='vda' snapshot='internal'/>
              </disks>
              <domain><name>not this one</name><disks><disk name='sda'/></disks></domain>
            </domainsnapshot>
            """;
    SnapshotDetails details = SnapshotDetails.parse(xml);

    assertEquals(
        new SnapshotDetails(
            " a <b> ",
            Optional.of("two\nlines"),
            Optional.of(SnapshotState.RUNNING),
            Optional.of(7L),
            Optional.of("p"),
            new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of("/m")),
            Map.of(
                "vda",
                new StorageLocation(StorageLocation.Kind.INTERNAL, Optional.empty()),
                "vdb",
                new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of("/o"))),
            true,
            Optional.empty(),
            Optional.empty()),
        details);
    assertEquals("[vdb, vda]", details.disks().keySet().toString());
    assertEquals("[external in \"/o\", internal]", details.disks().values().toString());
  }
}
