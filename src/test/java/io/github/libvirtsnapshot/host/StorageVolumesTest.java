package io.github.libvirtsnapshot.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.SizeT;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.jna.StreamPointer;
import io.github.libvirtsnapshot.jna.virError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests that images are found, that pools are created once and removed, and that all references are
 * released.
 */
class StorageVolumesTest {
  private static final String IMAGE = "/images/web01.qcow2";
  private static final StorageVolPointer VOLUME = new StorageVolPointer(new Pointer(0x5000));
  private static final StoragePoolPointer POOL = new StoragePoolPointer(new Pointer(0x6000));
  private static final StreamPointer STREAM = new StreamPointer(new Pointer(0x7000));

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Connect connect;
  private StorageVolumes volumes;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
    volumes = StorageVolumes.of(connect, PoolCreation.IN_FOLDERS_OF_POOLS);
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(VOLUME);
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any())).thenReturn(POOL);
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt())).thenReturn(POOL);
    when(libvirt.library.virStoragePoolLookupByName(any(), any())).thenReturn(POOL);
    when(libvirt.library.virStorageVolLookupByName(any(), any())).thenReturn(VOLUME);
    when(libvirt.library.virStreamNew(any(), anyInt())).thenReturn(STREAM);
  }

  @AfterEach
  void everyReferenceIsReleased() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  private Optional<String> find(String path) throws LibvirtException {
    return volumes.use(path, volume -> "found");
  }

  private void failWith(ErrorNumber... codes) {
    AtomicInteger next = new AtomicInteger();
    when(libvirt.library.virGetLastError())
        .then(
            call ->
                FaultInjection.error(
                    codes[Math.min(next.getAndIncrement(), codes.length - 1)].value(), 18, "no"));
  }

  private static ErrorNumber codeOf(LibvirtException e) {
    return e.getError().getCode();
  }

  @Test
  void volumeOfActivePool_isFoundWithOneCall() throws LibvirtException {
    assertEquals(Optional.of("found"), find(IMAGE));

    verify(libvirt.library).virStorageVolLookupByPath(libvirt.connect, IMAGE);
    verify(libvirt.library, never()).virStoragePoolLookupByTargetPath(any(), any());
  }

  private void noPoolKnowsTheImages() {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
  }

  private void noPoolHasTheFolders() {
    noPoolKnowsTheImages();
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, ErrorNumber.VIR_ERR_NO_STORAGE_POOL);
  }

  private void verifyCreated(int count, String path) {
    verify(libvirt.library, times(count))
        .virStoragePoolCreateXML(any(), contains("<path>" + path + "</path>"), anyInt());
  }

  @ParameterizedTest
  @CsvSource({
    "/images/web01.qcow2, /images",
    "/web01.qcow2, /",
    "/srv//images//web01.qcow2, /srv//images/",
  })
  void folderWithoutPool_isEmpty(String path, String folder) throws LibvirtException {
    noPoolHasTheFolders();

    assertEquals(Optional.empty(), find(path));

    verify(libvirt.library).virStoragePoolLookupByTargetPath(libvirt.connect, folder);
    verify(libvirt.library, never()).virStoragePoolCreateXML(any(), any(), anyInt());
  }

  @Test
  void secondImageInFolderWithoutPool_isEmptyWithoutAnotherQuery() throws LibvirtException {
    noPoolHasTheFolders();
    assertEquals(Optional.empty(), find(IMAGE));
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

    assertEquals(Optional.empty(), find("/images/web02.qcow2"));

    verify(libvirt.library, times(1)).virStoragePoolLookupByTargetPath(any(), any());
  }

  @Test
  void newFilesInFolderOfPool_areFoundInOneTransientPool() throws LibvirtException {
    noPoolKnowsTheImages();
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

    assertEquals(Optional.of("found"), find(IMAGE));
    assertEquals(Optional.of("found"), find("/images/web02.qcow2"));
    assertEquals(List.of("/images"), volumes.foldersOfCreatedPools());
    verify(libvirt.library, never()).virStoragePoolDestroy(any());
    volumes.close();

    verifyCreated(1, "/images/.");
    verify(libvirt.library).virStorageVolLookupByName(POOL, "web02.qcow2");
    verify(libvirt.library, times(1)).virStoragePoolDestroy(POOL);
  }

  @Test
  void missingFile_isAnError() {
    noPoolKnowsTheImages();
    when(libvirt.library.virStorageVolLookupByName(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

    assertEquals(
        ErrorNumber.VIR_ERR_NO_STORAGE_VOL,
        codeOf(assertThrows(LibvirtException.class, () -> find(IMAGE))));
  }

  @ParameterizedTest
  @EnumSource
  void folderWithoutPool_hasATransientPoolOnlyIfAllFoldersMay(PoolCreation creation)
      throws LibvirtException {
    volumes = StorageVolumes.of(connect, creation);
    noPoolHasTheFolders();
    int expected = creation == PoolCreation.IN_ALL_FOLDERS ? 1 : 0;

    assertEquals(expected == 1, find(IMAGE).isPresent());

    verifyCreated(expected, "/images/.");
  }

  @Test
  void pathThatATenantMayHaveWritten_hasNoTransientPoolInFolderWithoutPool()
      throws LibvirtException {
    volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS);
    noPoolHasTheFolders();

    assertEquals(Optional.empty(), volumes.useUntrusted("/etc/passwd", volume -> "found"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/sdb", "/dev/vg/web01", "images/web01.qcow2", "web01"})
  void devicesAndNamesWithoutFolder_haveNoTransientPool(String path) throws LibvirtException {
    volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS);
    noPoolKnowsTheImages();
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

    assertEquals(Optional.empty(), find(path));

    verify(libvirt.library, never()).virStoragePoolCreateXML(any(), any(), anyInt());
  }

  @Test
  void refusedPool_isThrownForEachImageOfTheFolder() {
    noPoolKnowsTheImages();
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt())).thenReturn(null);

    for (String image : new String[] {IMAGE, "/images/web02.qcow2"}) {
      failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, ErrorNumber.VIR_ERR_OPERATION_DENIED);
      assertEquals(
          ErrorNumber.VIR_ERR_OPERATION_DENIED,
          codeOf(assertThrows(LibvirtException.class, () -> find(image))));
    }

    verifyCreated(1, "/images/.");
  }

  @Test
  void poolThatIsNotRemoved_isReturnedWithACommand() throws LibvirtException {
    noPoolKnowsTheImages();
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertEquals(Optional.of("found"), find(IMAGE));
    when(libvirt.library.virStoragePoolDestroy(any())).thenReturn(-1);
    failWith(ErrorNumber.VIR_ERR_INTERNAL_ERROR);

    volumes.close();

    String words = volumes.notRemoved().get(0);
    assertTrue(
        words.matches(
            "whether storage pool \"(libvirt-snapshot-\\S+)\" still exists: no; remove it: virsh"
                + " pool-destroy \\1"),
        words);
  }

  @Test
  void lostConnection_isThrownByTheRemoval() throws LibvirtException {
    noPoolKnowsTheImages();
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertEquals(Optional.of("found"), find(IMAGE));
    assertEquals(Optional.of("found"), find("/data/web01.qcow2"));
    when(libvirt.library.virStoragePoolDestroy(any())).thenReturn(-1);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.connectionGone());

    assertRemainingPoolsAreLogged(2, volumes::close);
  }

  private static void assertRemainingPoolsAreLogged(int count, Executable action) {
    try (LogRecorder log = new LogRecorder(TransientPool.class)) {
      assertThrows(ConnectionLostException.class, action);
      assertEquals(count, Set.copyOf(log.lines()).size());
      for (String line : log.lines()) {
        assertTrue(line.contains("remove it: virsh pool-destroy libvirt-snapshot-"), line);
      }
    }
  }

  @Test
  void lostConnection_isLoggedByTheCreation() {
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt())).thenReturn(null);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.connectionGone());

    assertRemainingPoolsAreLogged(1, () -> TransientPool.over(connect, "/images").close());
  }

  private static OwnedString poolXml(String available) {
    return new OwnedString("<pool>" + available + "</pool>");
  }

  @ParameterizedTest
  @CsvSource({
    "<available unit='bytes'>3993600</available>, 3993600",
    "<available unit='bytes'>0</available>, 0",
    "<available unit='bytes'>-1</available>,",
    "<available/>,",
    "'',"
  })
  void availableBytes_areThoseOfThePool(String xml, @Nullable Long expected)
      throws LibvirtException {
    when(libvirt.library.virStoragePoolGetXMLDesc(any(), anyInt())).then(call -> poolXml(xml));
    OptionalLong available = expected == null ? OptionalLong.empty() : OptionalLong.of(expected);

    assertEquals(available, volumes.available(IMAGE));
    verify(libvirt.library).virStoragePoolLookupByTargetPath(libvirt.connect, "/images");

    noPoolKnowsTheImages();
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertEquals(Optional.of("found"), find(IMAGE));
    assertEquals(available, volumes.available(IMAGE));
  }

  @Test
  void availableBytesWithoutPool_areUnknown() throws LibvirtException {
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_POOL);

    assertEquals(OptionalLong.empty(), volumes.available(IMAGE));
  }

  @Test
  void otherErrorOfLookup_isThrown() {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_SUPPORT);

    assertEquals(
        ErrorNumber.VIR_ERR_NO_SUPPORT,
        codeOf(assertThrows(LibvirtException.class, () -> find(IMAGE))));
  }

  @Test
  void otherErrorOfPoolLookup_isThrown() {
    noPoolKnowsTheImages();
    when(libvirt.library.virStoragePoolLookupByTargetPath(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, ErrorNumber.VIR_ERR_NO_SUPPORT);

    assertEquals(
        ErrorNumber.VIR_ERR_NO_SUPPORT,
        codeOf(assertThrows(LibvirtException.class, () -> find(IMAGE))));
  }

  @Test
  void lostConnection_isThrownAsSuch() {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.connectionGone());

    assertThrows(ConnectionLostException.class, () -> find(IMAGE));
  }

  @Test
  void exceptionOfTheReader_releasesTheVolume() {
    assertThrows(
        IllegalStateException.class,
        () ->
            volumes.use(
                IMAGE,
                volume -> {
                  throw new IllegalStateException("not an image");
                }));
  }

  private byte[] read(long offset, int length) throws LibvirtException {
    return volumes.use(IMAGE, volume -> volume.read(offset, length)).orElseThrow();
  }

  /** Lets the stream return these texts, one with each call, and then its end. */
  private void send(String... parts) {
    AtomicInteger next = new AtomicInteger();
    when(libvirt.library.virStreamRecv(any(), any(), any()))
        .then(
            call -> {
              if (next.get() == parts.length) {
                return 0;
              }
              byte[] part = parts[next.getAndIncrement()].getBytes(StandardCharsets.US_ASCII);
              byte[] buffer = call.getArgument(1);
              System.arraycopy(part, 0, buffer, 0, Math.min(part.length, buffer.length));
              return part.length;
            });
  }

  @Test
  void read_joinsWhatTheStreamReturns() throws LibvirtException {
    send("QFI", "x", "12");

    assertArrayEquals("QFIx12".getBytes(StandardCharsets.US_ASCII), read(512, 8));

    verify(libvirt.library).virStorageVolDownload(VOLUME, STREAM, 512, 8, 0);
    verify(libvirt.library).virStreamFinish(STREAM);
    verify(libvirt.library, never()).virStreamAbort(any());
  }

  @Test
  void readOfNothing_doesNotCallLibvirt() throws LibvirtException {
    assertEquals(0, read(512, 0).length);

    verify(libvirt.library, never())
        .virStorageVolDownload(any(), any(), anyLong(), anyLong(), anyInt());
  }

  @Test
  void readOfMost_returnsAllBytes() throws LibvirtException {
    AtomicInteger left = new AtomicInteger(OpenVolume.MAX_LENGTH);
    when(libvirt.library.virStreamRecv(any(), any(), any()))
        .then(
            call -> {
              byte[] buffer = call.getArgument(1);
              assertEquals(buffer.length, call.<SizeT>getArgument(2).intValue());
              int sent = Math.min(left.get(), buffer.length);
              Arrays.fill(buffer, 0, sent, (byte) 0x5a);
              left.addAndGet(-sent);
              return sent;
            });

    byte[] expected = new byte[OpenVolume.MAX_LENGTH];
    Arrays.fill(expected, (byte) 0x5a);
    assertArrayEquals(expected, read(0, OpenVolume.MAX_LENGTH));
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "0, -1", "0, 1048577"})
  void invalidRange_isRejected(long offset, int length) {
    assertThrows(IllegalArgumentException.class, () -> read(offset, length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"12345", "1234,5", "1234567890"})
  void moreBytesThanRequested_areAnError(String parts) {
    send(parts.split(","));

    assertEquals(
        "libvirt sent more than the 4 bytes that were requested of a volume",
        assertThrows(LibvirtException.class, () -> read(0, 4)).getMessage());
    verify(libvirt.library).virStreamAbort(STREAM);
  }

  @Test
  void failedStream_isAborted() {
    when(libvirt.library.virStreamRecv(any(), any(), any())).thenReturn(-1);
    failWith(ErrorNumber.VIR_ERR_SYSTEM_ERROR);

    assertThrows(LibvirtException.class, () -> read(0, 4));

    verify(libvirt.library).virStreamAbort(STREAM);
    verify(libvirt.library, never()).virStreamFinish(any());
  }

  /** libvirt can report an error of the host only at the end of the stream. */
  @Test
  void failedEndOfStream_isThrown() {
    send("QFI");
    when(libvirt.library.virStreamFinish(any())).thenReturn(-1);
    failWith(ErrorNumber.VIR_ERR_SYSTEM_ERROR);

    assertThrows(LibvirtException.class, () -> read(0, 4));

    verify(libvirt.library, never()).virStreamAbort(any());
  }

  @Test
  void refusedDownload_isThrown() {
    when(libvirt.library.virStorageVolDownload(any(), any(), anyLong(), anyLong(), anyInt()))
        .thenReturn(-1);
    failWith(ErrorNumber.VIR_ERR_OPERATION_DENIED);

    assertEquals(
        ErrorNumber.VIR_ERR_OPERATION_DENIED,
        codeOf(assertThrows(LibvirtException.class, () -> read(0, 4))));

    verify(libvirt.library, never()).virStreamRecv(any(), any(), any());
    verify(libvirt.library, never()).virStreamAbort(any());
  }

  @Test
  void transientPool_hasTheFolderAndAnUnusedName() throws LibvirtException {
    String first;
    try (TransientPool pool = TransientPool.over(connect, "/srv/a&b")) {
      first = pool.name();
    }
    try (TransientPool pool = TransientPool.over(connect, "/srv/a&b")) {
      assertNotEquals(first, pool.name());
    }

    verify(libvirt.library)
        .virStoragePoolCreateXML(
            libvirt.connect,
            "<pool type='dir'><name>"
                + first
                + "</name><target><path>/srv/a&amp;b/.</path></target></pool>",
            0);
    verify(libvirt.library).virStoragePoolLookupByName(libvirt.connect, first);
  }

  /** Another plan has a transient pool over the folder. */
  @Test
  void transientPool_takesAnotherPathIfOneIsTaken() throws LibvirtException {
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt()))
        .thenReturn(null, null, POOL);
    failWith(ErrorNumber.VIR_ERR_OPERATION_FAILED);

    TransientPool.over(connect, "/srv/images").close();

    verifyCreated(1, "/srv/images/././.");
  }

  private void refuseCreation(ErrorNumber code, int systemError) {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt())).thenReturn(null);
    virError notFound = FaultInjection.error(ErrorNumber.VIR_ERR_NO_STORAGE_VOL.value(), 18, "no");
    virError notCreated = FaultInjection.error(code.value(), 18, "no");
    notCreated.int1 = systemError;
    when(libvirt.library.virGetLastError()).thenReturn(notFound, notCreated);
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_SYSTEM_ERROR, 2, false",
    "VIR_ERR_SYSTEM_ERROR, 20, true",
    "VIR_ERR_SYSTEM_ERROR, 13,",
    "VIR_ERR_OPERATION_DENIED, 2,",
  })
  void fileThatPoolsDoNotHave_isMissingOnlyIfNoFileIsThere(
      ErrorNumber code, int systemError, @Nullable Boolean exists) throws LibvirtException {
    refuseCreation(code, systemError);

    assertEquals(Optional.ofNullable(exists), volumes.exists(IMAGE));

    verifyCreated(1, "/images/web01.qcow2/.");
  }

  @ParameterizedTest
  @CsvSource({"2, true", "20, false", "13, false"})
  void fileIsMissing_onlyIfItCertainlyDoesNotExist(int systemError, boolean missing)
      throws LibvirtException {
    refuseCreation(ErrorNumber.VIR_ERR_SYSTEM_ERROR, systemError);

    assertEquals(missing, volumes.isMissing(IMAGE));
  }

  @Test
  void folder_isNoFileThatExists() throws LibvirtException {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);

    assertEquals(Optional.empty(), volumes.exists(IMAGE));
  }

  @Test
  void fileThatPoolsDoNotHave_isNotMissingIfNoPoolMayBeCreated() throws LibvirtException {
    refuseCreation(ErrorNumber.VIR_ERR_SYSTEM_ERROR, 2);

    assertFalse(StorageVolumes.of(connect, PoolCreation.NEVER).isMissing(IMAGE));

    verify(libvirt.library, never()).virStoragePoolCreateXML(any(), any(), anyInt());
  }

  /** libvirt creates the second pool, over the path of the image, only if something is there. */
  @Test
  void fileThatTheCreatedPoolLacks_isNotMissingIfItExists() throws LibvirtException {
    noPoolKnowsTheImages();
    when(libvirt.library.virStorageVolLookupByName(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertThrows(LibvirtException.class, () -> find(IMAGE));

    assertFalse(volumes.isMissing(IMAGE));

    verifyCreated(1, "/images/web01.qcow2/.");
  }

  @ParameterizedTest
  @CsvSource({"VIR_ERR_NO_STORAGE_VOL, true", "VIR_ERR_SYSTEM_ERROR, false"})
  void fileOfPool_isMissingIfLibvirtDoesNotFindIt(ErrorNumber code, boolean missing)
      throws LibvirtException {
    when(libvirt.library.virStorageVolGetXMLDesc(any(), anyInt())).thenReturn(null);
    failWith(code);

    assertEquals(missing, volumes.isMissing(IMAGE));
  }

  @Test
  void lostConnection_isNoMissingFile() {
    when(libvirt.library.virStorageVolLookupByPath(any(), any())).thenReturn(null);
    when(libvirt.library.virConnectIsAlive(any())).thenReturn(0);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.connectionGone());

    assertThrows(ConnectionLostException.class, () -> volumes.isMissing(IMAGE));
  }

  @Test
  void transientPool_isRefusedIfAllPathsAreTaken() {
    when(libvirt.library.virStoragePoolCreateXML(any(), any(), anyInt())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_OPERATION_FAILED);

    assertThrows(LibvirtException.class, () -> TransientPool.over(connect, "/srv/images").close());

    verify(libvirt.library, times(101)).virStoragePoolCreateXML(any(), any(), anyInt());
  }

  @Test
  void transientPoolThatOthersRemoved_canBeClosed() throws LibvirtException {
    TransientPool pool = TransientPool.over(connect, "/srv/images");
    when(libvirt.library.virStoragePoolLookupByName(any(), any())).thenReturn(null);
    failWith(ErrorNumber.VIR_ERR_NO_STORAGE_POOL);

    pool.close();

    verify(libvirt.library, never()).virStoragePoolDestroy(any());
  }
}
