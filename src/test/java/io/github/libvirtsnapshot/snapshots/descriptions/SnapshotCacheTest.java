package io.github.libvirtsnapshot.snapshots.descriptions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.verify;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SnapshotCacheTest {
  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Domain domain;
  private SnapshotCache snapshots;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    snapshots = new SnapshotCache(domain);
  }

  @AfterEach
  void assertNoLeakedReferences() throws InterruptedException {
    snapshots.close();
    domain.close();
    libvirt.references.assertBalanced();
  }

  @Test
  void definitionsOfOtherSnapshotsAreNotCached() throws LibvirtException {
    SnapshotDescription other = snapshots.withoutDefinitions(MockedLibvirt.SNAPSHOT);

    assertEquals(Optional.empty(), other.domain());
    assertEquals(Optional.empty(), other.inactiveDomain());
    assertTrue(snapshots.description(MockedLibvirt.SNAPSHOT).domain().isPresent());
  }

  @Test
  void xmlOfTargetIsFetchedOnce() throws LibvirtException {
    SnapshotDescription target = snapshots.description(MockedLibvirt.SNAPSHOT);

    assertSame(target, snapshots.description(MockedLibvirt.SNAPSHOT));
    assertSame(target, snapshots.withoutDefinitions(MockedLibvirt.SNAPSHOT));
    verify(libvirt.library).virDomainSnapshotGetXMLDesc(any(), anyInt());
  }
}
