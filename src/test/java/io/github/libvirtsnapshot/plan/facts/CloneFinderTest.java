package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CloneFinderTest {
  private static final StoragePoolPointer POOL = new StoragePoolPointer(new Pointer(0x6000));

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final VolumePaths paths = new VolumePaths();
  private final CloneFinder clones = new CloneFinder(paths);
  private Connect connect;
  private long nextVolume = 0x10000;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), eq("/images"))).thenReturn(POOL);
    when(libvirt.library.virGetLastError())
        .then(
            call ->
                FaultInjection.error(ErrorNumber.VIR_ERR_NO_STORAGE_POOL.value(), 18, "no pool"));
  }

  @AfterEach
  void everyReferenceIsReleased() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  /** Adds an image to the pool; it has no backing image if that is empty. */
  private void addVolume(String image, String backing) {
    addVolume(image, backing, "qcow2");
  }

  private void addVolume(String image, String backing, String backingFormat) {
    StorageVolPointer volume = new StorageVolPointer(new Pointer(nextVolume));
    nextVolume += 0x100;
    String backingStore =
        backing.isEmpty()
            ? ""
            : "<backingStore><path>%s</path><format type='%s'/></backingStore>"
                .formatted(backing, backingFormat);
    when(libvirt.library.virStorageVolLookupByPath(any(), eq(image))).thenReturn(volume);
    when(libvirt.library.virStorageVolGetXMLDesc(eq(volume), anyInt()))
        .then(call -> new OwnedString("<volume>" + backingStore + "</volume>"));
  }

  private Optional<String> query(String... images) throws LibvirtException {
    return clones.query(connect, Set.of(images), Set.of("/images/own.qcow2"));
  }

  private void verifyDescriptions(int count) {
    verify(libvirt.library, times(count)).virStorageVolGetXMLDesc(any(), anyInt());
  }

  @Test
  void backingImagesAreFoundDownToTheLast() throws LibvirtException {
    addVolume("/images/web01.qcow2", "/images/middle.qcow2");
    addVolume("/images/middle.qcow2", "/images/../images/golden.qcow2");
    addVolume("/images/golden.qcow2", "");

    assertEquals(Optional.empty(), query("/images/web01.qcow2"));

    assertEquals(
        List.of("/images/middle.qcow2", "/images/golden.qcow2"),
        clones.beneath("/images/web01.qcow2"));
    assertEquals(List.of(), clones.beneath("/images/golden.qcow2"));
  }

  /** The pool finds the header that a guest wrote into its raw disk before a clone was made. */
  @Test
  void imageThatTheImageAboveStatesAsRaw_hasNoBackingImage() throws LibvirtException {
    addVolume("/images/web01.qcow2", "/images/web01.img", "raw");
    addVolume("/images/web01.img", "/images/golden.qcow2");
    addVolume("/images/golden.qcow2", "");

    assertEquals(Optional.empty(), query("/images/web01.qcow2"));

    assertEquals(List.of("/images/web01.img"), clones.beneath("/images/web01.qcow2"));
    assertEquals(Optional.empty(), query("/images/web01.img"));
    assertEquals(List.of("/images/golden.qcow2"), clones.beneath("/images/web01.img"));
    assertEquals(List.of("/images/web01.img"), clones.beneath("/images/web01.qcow2"));
  }

  @Test
  void imageThatIsNamedAsAVolume_isThatOfItsPath() throws LibvirtException {
    addVolume("/images/web01.qcow2", "/images/golden.qcow2");
    addVolume("/images/golden.qcow2", "");
    StorageVolPointer volume = new StorageVolPointer(new Pointer(0x7000));
    when(libvirt.library.virStoragePoolLookupByName(any(), eq("images"))).thenReturn(POOL);
    when(libvirt.library.virStorageVolLookupByName(POOL, "web01.qcow2")).thenReturn(volume);
    when(libvirt.library.virStorageVolGetPath(volume))
        .thenReturn(new OwnedString("/images/web01.qcow2"));

    assertEquals(Optional.empty(), query("images/web01.qcow2", "/images/web01.qcow2"));

    assertEquals(List.of("/images/golden.qcow2"), clones.beneath("images/web01.qcow2"));
    assertEquals(List.of("/images/golden.qcow2"), clones.beneath("/images/web01.qcow2"));
    verifyDescriptions(2);
  }

  @Test
  void eachVolumeIsQueriedOnce() throws LibvirtException {
    addVolume("/images/web01.qcow2", "/images/golden.qcow2");
    addVolume("/images/web02.qcow2", "/images/golden.qcow2");
    addVolume("/images/golden.qcow2", "");

    assertEquals(Optional.empty(), query("/images/web01.qcow2", "/images/web02.qcow2"));
    assertEquals(Optional.empty(), query("/images/web01.qcow2", "/images/web02.qcow2"));

    verifyDescriptions(3);
    verify(libvirt.library, times(1)).virStoragePoolLookupByTargetPath(any(), eq("/images"));
  }

  @Test
  void imageOfTheDomainItself_isNotQueried() throws LibvirtException {
    addVolume("/images/web01.qcow2", "/images/own.qcow2");

    assertEquals(Optional.empty(), query("/images/web01.qcow2"));

    assertEquals(List.of("/images/own.qcow2"), clones.beneath("/images/web01.qcow2"));
    verifyDescriptions(1);
  }

  /** A tenant wrote the headers. */
  @Test
  void imagesThatAreBasedOnEachOther_areFoundOnce() throws LibvirtException {
    addVolume("/images/a", "/images/b");
    addVolume("/images/b", "/images/a");

    assertEquals(Optional.empty(), query("/images/a"));

    assertEquals(List.of("/images/b", "/images/a"), clones.beneath("/images/a"));
  }

  @Test
  void imagesInFolderWithoutPool_areUnknownAfterOneCall() throws LibvirtException {
    assertEquals(
        Optional.of(
            "whether an image of an inactive domain is based on an image of the snapshot: the"
                + " backing image of \"/srv/web01.qcow2\" is unknown"),
        query("/srv/web01.qcow2"));
    assertEquals(Optional.empty(), query("nbd://backup/web02"));

    verifyDescriptions(0);
    verify(libvirt.library, times(1)).virStoragePoolLookupByTargetPath(any(), any());
  }

  @Test
  void moreImagesThanTheBound_areUnknownUntilTheNextPlan() throws LibvirtException {
    List<String> images = new ArrayList<>();
    IntStream.rangeClosed(1, CloneFinder.MAX_QUERIES + 2)
        .forEach(number -> images.add("/images/web" + number + ".qcow2"));
    images.forEach(image -> addVolume(image, ""));

    assertEquals(
        Optional.of(
            "whether an image of an inactive domain is based on an image of the snapshot: the"
                + " backing image of \"/images/web201.qcow2\" and of 1 more are unknown"),
        clones.query(connect, images, Set.of()));
    assertEquals(Optional.empty(), clones.query(connect, images, Set.of()));

    verifyDescriptions(CloneFinder.MAX_QUERIES + 2);
  }
}
