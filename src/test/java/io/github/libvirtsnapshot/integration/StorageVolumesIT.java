package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.OpenVolume;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolume;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.host.TransientPool;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads images through the storage volumes of a real libvirt. */
@Tag("qemu")
@Timeout(300)
class StorageVolumesIT {
  private PrivateLibvirtd libvirtd;
  private Path images;
  private CountingLibvirt references;
  private Connect connect;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    images = folder("images");
    references = CountingLibvirt.of(NativeLibvirt.shared());
    connect = new Connect(references.library(), libvirtd.qemu());
  }

  @AfterEach
  void stop() throws Exception {
    connect.close();
    references.assertBalanced();
    libvirtd.close();
  }

  private Path folder(String name) throws IOException {
    Path folder = Files.createDirectory(libvirtd.directory().resolve(name));
    libvirtd.give(folder);
    return folder;
  }

  private Path image(String name, String... options) throws IOException {
    Path image = images.resolve(name);
    List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
    command.addAll(List.of(options));
    command.addAll(List.of(image.toString(), "64M"));
    PrivateLibvirtd.run(command.toArray(String[]::new));
    libvirtd.give(image);
    return image;
  }

  private String virsh(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", libvirtd.qemu()));
    command.addAll(List.of(arguments));
    return PrivateLibvirtd.run(command.toArray(String[]::new)).strip();
  }

  /** Creates a pool over the images, as an administrator does. */
  private void createPool() throws IOException {
    virsh("pool-create-as", "images", "dir", "--target", images.toString());
  }

  /** Uses an image as a plan does by default. */
  private static <R> Optional<R> use(Connect connect, Path image, StorageVolumes.Use<R> use)
      throws LibvirtException {
    try (StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.IN_FOLDERS_OF_POOLS)) {
      return volumes.use(image.toString(), use);
    }
  }

  private static byte[] read(Connect connect, Path image, long offset, int length)
      throws LibvirtException {
    return use(connect, image, volume -> volume.read(offset, length)).orElseThrow();
  }

  private static byte[] bytes(Path image, long offset, int length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
      byte[] bytes = new byte[length];
      file.seek(offset);
      int read = file.read(bytes);
      return Arrays.copyOf(bytes, Math.max(0, read));
    }
  }

  private static StorageVolume describe(Connect connect, Path image) throws LibvirtException {
    return use(connect, image, OpenVolume::describe).orElseThrow();
  }

  private static ErrorNumber codeOf(LibvirtException e) {
    return e.getError().getCode();
  }

  @Test
  void imageOfRunningGuest_hasTheBytesOfItsFile() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    try (Domain domain = connect.domainDefineXML(Guests.qemuXml("web01", image))) {
      domain.create();
      Guests.take(domain, "clean");
      domain.suspend();

      assertArrayEquals(bytes(image, 0, 104), read(connect, image, 0, 104));
      assertArrayEquals(
          bytes(image, 65_537, OpenVolume.MAX_LENGTH),
          read(connect, image, 65_537, OpenVolume.MAX_LENGTH));
      long size = Files.size(image);
      assertArrayEquals(bytes(image, size - 4, 4), read(connect, image, size - 4, 100));
      assertEquals(0, read(connect, image, size + 1, 100).length);
      domain.destroy();
    }
  }

  /** The same bytes of a sparse file, whose holes read as zeros. */
  @Test
  void sparseImage_isReadWithItsHoles() throws Exception {
    Path image = images.resolve("sparse.raw");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(3_000_000_000L);
      file.write(7);
    }
    libvirtd.give(image);
    createPool();

    byte[] expected = new byte[1_000];
    expected[999] = 7;
    assertArrayEquals(expected, read(connect, image, 2_999_999_001L, 5_000));
  }

  @Test
  void description_hasFormatSizeAndTimes() throws Exception {
    Path image = image("web01.qcow2");
    createPool();

    StorageVolume volume = describe(connect, image);

    assertEquals(image.toString(), volume.path());
    assertEquals(Optional.of("qcow2"), volume.format());
    assertEquals(Optional.of(64L << 20), volume.capacity());
    assertEquals(Optional.of(Files.getLastModifiedTime(image).toInstant()), volume.modified());
  }

  /** libvirt reads the times with each call. */
  @Test
  void replacedImage_hasNewTimes() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    Files.delete(image);
    image("web01.qcow2");

    assertEquals(
        Optional.of(Files.getLastModifiedTime(image).toInstant()),
        describe(connect, image).modified());
    assertArrayEquals(bytes(image, 0, 104), read(connect, image, 0, 104));
  }

  @Test
  void newImage_isReadAndThePoolStaysAsItIs() throws Exception {
    image("web00.qcow2");
    createPool();
    Path image = image("web01.qcow2");

    assertEquals("QFI", new String(read(connect, image, 0, 3), StandardCharsets.US_ASCII));

    assertEquals("images", virsh("pool-list", "--all", "--name"));
    assertEquals(images.resolve("web00.qcow2").toString(), volumes());
  }

  /** Returns the paths that the pool knows. */
  private String volumes() throws IOException {
    return virsh("vol-list", "images").replaceAll("(?m)^ *\\S+ +", "");
  }

  /** libvirt would stop a pool if it could not read the folder when it refreshes the pool. */
  @Test
  void newImageInUnreadableFolder_isAnErrorAndThePoolStaysActive() throws Exception {
    Path known = image("web00.qcow2");
    createPool();
    Path image = image("web01.qcow2");
    Files.setPosixFilePermissions(images, PosixFilePermissions.fromString("--x--x--x"));

    assertEquals(
        ErrorNumber.VIR_ERR_SYSTEM_ERROR,
        codeOf(assertThrows(LibvirtException.class, () -> read(connect, image, 0, 1))));

    assertEquals("images", virsh("pool-list", "--name"));
    assertArrayEquals(bytes(known, 0, 104), read(connect, known, 0, 104));
    Files.setPosixFilePermissions(images, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void imageWithoutPool_isReadOnlyIfPoolsMayBeCreatedInAllFolders() throws Exception {
    Path image = image("web01.qcow2");
    assertEquals(Optional.empty(), use(connect, image, OpenVolume::describe));

    virsh("pool-define-as", "images", "dir", "--target", images.toString());
    assertEquals(Optional.empty(), use(connect, image, OpenVolume::describe));
    StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS);
    try (volumes) {
      assertEquals(Optional.empty(), volumes.useUntrusted(image.toString(), OpenVolume::describe));
      assertEquals(
          Optional.of("qcow2"),
          volumes.use(image.toString(), OpenVolume::describe).orElseThrow().format());
      assertTrue(volumes.available(image.toString()).isPresent());
    }
    assertEquals(List.of(images.toString()), volumes.foldersOfCreatedPools());
    assertEquals(List.of(), volumes.notRemoved());
    assertEquals("images", virsh("pool-list", "--all", "--name"));
  }

  /** libvirt compares paths as texts. */
  @Test
  void symbolicLinkToFolder_isNotTheFolderOfThePool() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    Path link = Files.createSymbolicLink(libvirtd.directory().resolve("link"), images);

    assertEquals(Optional.empty(), use(connect, link.resolve("web01.qcow2"), OpenVolume::describe));
    try (StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS)) {
      assertTrue(volumes.use(images + "//web01.qcow2", OpenVolume::describe).isPresent());
      assertEquals(List.of(), volumes.foldersOfCreatedPools());
      assertArrayEquals(
          bytes(image, 0, 104),
          volumes.use(link + "/web01.qcow2", volume -> volume.read(0, 104)).orElseThrow());
    }
  }

  /**
   * libvirt leaves out files that it can't open, so that a new pool does not show what is missing.
   */
  @Test
  void missingOrUnreadableFile_isAnError() throws Exception {
    createPool();
    Path unreadable = image("unreadable.qcow2");
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("---------"));

    for (Path path : List.of(unreadable, images.resolve("missing.qcow2"))) {
      assertEquals(
          ErrorNumber.VIR_ERR_NO_STORAGE_VOL,
          codeOf(assertThrows(LibvirtException.class, () -> read(connect, path, 0, 1))));
    }
  }

  /** A plan calls the method after it has looked for the image and may have created a pool. */
  private boolean isMissing(Path file, PoolCreation creation) throws LibvirtException {
    try (StorageVolumes volumes = StorageVolumes.of(connect, creation)) {
      boolean beforeUse = volumes.isMissing(file.toString());
      try {
        var unused = volumes.use(file.toString(), OpenVolume::describe);
      } catch (LibvirtException e) {
        // The pools lack the file.
      }
      assertEquals(beforeUse, volumes.isMissing(file.toString()), file::toString);
      return beforeUse;
    }
  }

  /** A file that exists must never count as missing. */
  @Test
  void missingFile_isToldFromOneThatPoolsDoNotShow() throws Exception {
    Path vanished = image("vanished.qcow2");
    Path closed = image("closed.qcow2");
    createPool();
    Path unreadable = image("unreadable.qcow2");
    for (Path image : List.of(closed, unreadable)) {
      Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("---------"));
    }
    Path created = image("new.qcow2");
    Path pipe = images.resolve("pipe");
    PrivateLibvirtd.run("mkfifo", pipe.toString());
    Path link = Files.createSymbolicLink(images.resolve("link"), created);
    Path dangling = Files.createSymbolicLink(images.resolve("dangling"), images.resolve("none"));
    Files.delete(vanished);

    for (Path existing : List.of(closed, unreadable, created, pipe, link, folder("other"))) {
      assertFalse(isMissing(existing, PoolCreation.IN_FOLDERS_OF_POOLS), existing::toString);
    }
    for (Path missing : List.of(vanished, images.resolve("missing.qcow2"), dangling)) {
      assertTrue(isMissing(missing, PoolCreation.IN_FOLDERS_OF_POOLS), missing::toString);
    }
    assertTrue(isMissing(vanished, PoolCreation.NEVER));
    assertFalse(isMissing(images.resolve("missing.qcow2"), PoolCreation.NEVER));
    assertEquals("images", virsh("pool-list", "--name"));
  }

  @Test
  void vanishedFile_isAnError() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    Files.delete(image);

    assertEquals(
        ErrorNumber.VIR_ERR_SYSTEM_ERROR,
        codeOf(assertThrows(LibvirtException.class, () -> read(connect, image, 0, 1))));
    assertThrows(LibvirtException.class, () -> describe(connect, image));
  }

  @Test
  void readOnlyConnection_describesKnownImagesOnly() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    Path unknown = image("new.qcow2");
    try (Connect readOnly = new Connect(libvirtd.qemu(), true)) {
      assertEquals(Optional.of("qcow2"), describe(readOnly, image).format());
      for (Path path : List.of(image, unknown)) {
        assertEquals(
            ErrorNumber.VIR_ERR_OPERATION_DENIED,
            codeOf(assertThrows(LibvirtException.class, () -> read(readOnly, path, 0, 1))));
      }
      assertEquals(
          ErrorNumber.VIR_ERR_OPERATION_DENIED,
          codeOf(
              assertThrows(
                  LibvirtException.class,
                  () -> TransientPool.over(readOnly, images.toString()).close())));
    }
  }

  @Test
  void testDriver_cannotReadVolumes() throws Exception {
    try (Connect test = new Connect(libvirtd.uri("test+unix:///default"))) {
      assertEquals(
          ErrorNumber.VIR_ERR_NO_SUPPORT,
          codeOf(
              assertThrows(
                  LibvirtException.class, () -> read(test, Path.of("/default-pool/disk"), 0, 1))));
    }
  }

  @Test
  void hundredReads_leakNothing() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    long before = openFiles();
    for (int i = 0; i < 100; i++) {
      assertEquals(104, read(connect, image, 0, 104).length);
      assertThrows(LibvirtException.class, () -> read(connect, images.resolve("none"), 0, 1));
    }
    assertEquals(1, references.out());
    assertTrue(openFiles() <= before);
  }

  /** Counts the open files of libvirtd, which has one for each open stream. */
  private long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + libvirtd.pid() + "/fd"))) {
      return files.count();
    }
  }

  @Test
  void killedDaemon_isALostConnection() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    var unused = read(connect, image, 0, 1);
    assertThrows(
        ConnectionLostException.class,
        () ->
            use(
                connect,
                image,
                volume -> {
                  kill();
                  return volume.read(0, 1);
                }));
    libvirtd.start(Map.of());
  }

  private void kill() {
    try {
      libvirtd.kill();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void lookupDescriptionAndReadAreOneCallEach() throws Exception {
    Path image = image("web01.qcow2");
    createPool();
    Path socket = libvirtd.directory().resolve("proxy");
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket());
        Connect remote = new Connect("qemu:///session?socket=" + socket)) {
      int before = proxy.calls();
      assertEquals(Optional.of("qcow2"), describe(remote, image).format());
      assertEquals(2, proxy.calls() - before, "lookup and description");

      before = proxy.calls();
      assertEquals(104, read(remote, image, 0, 104).length);
      assertEquals(2, proxy.calls() - before, "lookup and bytes");

      Path added = image("added.qcow2");
      before = proxy.calls();
      assertEquals(104, read(remote, added, 0, 104).length);
      assertEquals(
          8,
          proxy.calls() - before,
          "lookup, pool of the folder, new pool, lookup of both, bytes, lookup, removal");

      Path missing = images.resolve("missing.qcow2");
      try (StorageVolumes volumes = StorageVolumes.of(remote, PoolCreation.IN_FOLDERS_OF_POOLS)) {
        assertThrows(
            LibvirtException.class, () -> volumes.use(missing.toString(), OpenVolume::describe));
        before = proxy.calls();
        assertTrue(volumes.isMissing(missing.toString()));
        assertEquals(2, proxy.calls() - before, "lookup, and a pool over the path of the file");
      }
    }
  }

  @Test
  void transientPool_isRemovedAndChangesNoFile() throws Exception {
    Path image = image("web01.qcow2");
    Map<Path, String> before = states();

    try (StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS)) {
      assertArrayEquals(
          bytes(image, 0, 104),
          volumes.use(image.toString(), volume -> volume.read(0, 104)).orElseThrow());
      assertTrue(virsh("pool-list", "--transient").contains("libvirt-snapshot-"));
    }
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (TransientPool pool = TransientPool.over(connect, images.toString())) {
            throw new IllegalStateException(pool.name());
          }
        });

    assertEquals("", virsh("pool-list", "--all"));
    assertEquals(before, states());
  }

  /** Returns what a file is, without the time of the last access. */
  private Map<Path, String> states() throws IOException {
    Map<Path, String> states = new TreeMap<>();
    try (Stream<Path> files = Files.walk(images)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Map<String, Object> attributes = new TreeMap<>(Files.readAttributes(file, "unix:*"));
        attributes.remove("lastAccessTime");
        states.put(file, attributes.toString());
      }
    }
    return states;
  }

  @Test
  void folderWithPools_canHaveMorePools() throws Exception {
    virsh("pool-define-as", "images", "dir", "--target", images.toString());
    Path image = image("web01.qcow2");
    try (TransientPool first = TransientPool.over(connect, images.toString());
        TransientPool second = TransientPool.over(connect, images.toString())) {
      virsh("pool-start", "images");
      List<String> pools = virsh("pool-list", "--name").lines().map(String::strip).toList();
      assertEquals(Set.of("images", first.name(), second.name()), Set.copyOf(pools));
      assertEquals(image.toString(), volumes());
    }
    assertEquals("images", virsh("pool-list", "--name"));
  }

  @Test
  void transientPoolThatOthersRemoved_canBeClosed() throws Exception {
    try (TransientPool pool = TransientPool.over(connect, images.toString())) {
      virsh("pool-destroy", pool.name());
    }
    assertEquals("", virsh("pool-list", "--all"));
  }

  @Test
  void missingFolder_isRefusedAndLeavesNoPool() throws Exception {
    assertThrows(
        LibvirtException.class,
        () -> TransientPool.over(connect, images.resolve("missing").toString()).close());
    assertEquals("", virsh("pool-list", "--all"));
  }
}
