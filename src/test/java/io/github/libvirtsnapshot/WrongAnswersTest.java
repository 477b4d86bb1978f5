package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.when;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.AgentCommands;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests invalid results of libvirt. The library once handled each of them incorrectly. */
@Timeout(60)
class WrongAnswersTest {
  /** The memory that libvirt's result points to; it must stay reachable as long as the result. */
  private final List<TypedParameters> kept = new ArrayList<>();

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no parent");
    domain = libvirt.open();
  }

  @AfterEach
  void everyReferenceIsReleased() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  @Test
  void duplicateSnapshotNamesAreRejected() {
    doAnswer(MockedLibvirt.array(0x3000, 0x3001))
        .when(libvirt.library)
        .virDomainListAllSnapshots(any(), any(), anyInt());

    Stream.<Executable>of(
            domain::listAllSnapshots,
            domain::snapshotListNames,
            domain::listSnapshotParents,
            () -> SnapshotTree.of(domain),
            () -> SnapshotTree.namesOf(domain))
        .forEach(
            listing ->
                assertEquals(
                    "libvirt listed two snapshots with the name \"clean\" for domain \"web01\"; this"
                        + " list is invalid",
                    assertThrows(LibvirtException.class, listing).getMessage()));
  }

  @Test
  void duplicateChildNamesAreRejected() throws LibvirtException {
    doAnswer(MockedLibvirt.array(0x3000, 0x3001))
        .when(libvirt.library)
        .virDomainSnapshotListAllChildren(any(), any(), anyInt());

    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      assertThrows(LibvirtException.class, snapshot::listAllChildren);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2_000_000_000})
  void countLargerThanListIsRejected(int more) {
    when(libvirt.library.virDomainListAllSnapshots(any(), any(), anyInt()))
        .then(
            call -> {
              Pointer array = new Pointer(Native.malloc(3L * Native.POINTER_SIZE));
              array.setPointer(0, new Pointer(0x3000));
              array.setPointer(Native.POINTER_SIZE, null);
              call.<PointerArrayByReference>getArgument(1).setValue(array);
              return 1 + more;
            });

    for (Executable listing :
        List.<Executable>of(domain::listAllSnapshots, domain::listSnapshotParents)) {
      assertEquals(
          "libvirt returned a count of " + (1 + more) + " for domain \"web01\", but a list of 1",
          assertThrows(LibvirtException.class, listing).getMessage());
    }
  }

  private void returnStats(TypedParameters values, int count) {
    kept.add(values);
    Memory list = new Memory(2L * Native.POINTER_SIZE);
    list.setPointer(0, values.record(libvirt.domain));
    list.setPointer(Native.POINTER_SIZE, null);
    when(libvirt.library.virDomainListGetStats(any(), anyInt(), any(), anyInt()))
        .then(
            call -> {
              call.<Pointer>getArgument(2).setPointer(0, list);
              return count;
            });
  }

  @Test
  void numberOfWrongTypeIsIgnored() throws LibvirtException {
    returnStats(new TypedParameters().text("state.state", "5").number("state.reason", 1), 1);

    assertEquals(DomainState.RUNNING, DomainStatus.of(domain).state());
  }

  @Test
  void textOfWrongTypeIsIgnored() throws LibvirtException {
    returnStats(new TypedParameters().unsigned("block.count", 1).number("block.0.path", 1), 1);

    assertEquals(
        new DomainImages("web01", MockedLibvirt.UUID, Set.of(), false),
        new DomainQueries(domain).images().orElseThrow());
  }

  @Test
  void nullTextIsIgnored() throws LibvirtException {
    returnStats(new TypedParameters().unsigned("block.count", 1).text("block.0.path", null), 1);

    assertEquals(Set.of(), new DomainQueries(domain).images().orElseThrow().images());
  }

  @Test
  void diskCountLargerThanListIsIncomplete() throws LibvirtException {
    returnStats(
        new TypedParameters().unsigned("block.count", 2_000_000_000).text("block.0.path", "/a"),
        2_000_000_000);

    assertEquals(
        new DomainImages("web01", MockedLibvirt.UUID, Set.of("/a"), false),
        new DomainQueries(domain).images().orElseThrow());
  }

  @Test
  void moreCheckpointsReportedThanListedAreAnError() {
    when(libvirt.library.virDomainListAllCheckpoints(any(), any(), anyInt())).thenReturn(2);

    assertEquals(
        "libvirt returned a count of 2 for domain \"web01\", but a list of 0",
        assertThrows(LibvirtException.class, new DomainQueries(domain)::checkpointXmls)
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807, 0",
    "-9223372036854775808, -1",
    "31556889864403200, 0",
    "9223372036854775807, 2000000000"
  })
  void invalidGuestTimeIsRejected(long seconds, int nanoseconds) {
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              call.<long[]>getArgument(1)[0] = seconds;
              call.<int[]>getArgument(2)[0] = nanoseconds;
              return 0;
            });

    assertEquals(
        "the guest agent of domain \"web01\" returned an invalid time: "
            + seconds
            + " s and "
            + nanoseconds
            + " ns since 1970",
        assertThrows(LibvirtException.class, new AgentCommands(domain)::getTime).getMessage());
  }
}
