package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.integration.PrivateLibvirtd.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.images.Qcow2Image.Encryption;
import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads images of QEMU, and compares the results with those of QEMU. */
@Tag("qemu")
@Tag("recent-qemu")
class Qcow2ImageIT {
  @TempDir private Path folder;
  private Path image;

  @BeforeEach
  void chooseImage() {
    image = folder.resolve("web.qcow2");
  }

  private void create(String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
    command.addAll(List.of(options));
    command.addAll(List.of(image.toString(), "4M"));
    run(command.toArray(String[]::new));
  }

  private void takeSnapshot(String name) throws IOException {
    run("qemu-img", "snapshot", "-c", name, image.toString());
  }

  private void write(String pattern) throws IOException {
    run("qemu-io", "-c", "write -q -P " + pattern + " 1M 4k", image.toString());
  }

  private void checkContains(String pattern) throws IOException {
    String output = run("qemu-io", "-c", "read -q -P " + pattern + " 1M 4k", image.toString());
    assertEquals("", output);
  }

  /** Runs QEMU with the image as its only disk, and commands for its monitor. */
  private String runGuest(String commands, String... options) throws IOException {
    Path script = Files.writeString(folder.resolve("commands"), commands + "quit\n");
    List<String> command = new ArrayList<>(guest());
    command.addAll(List.of(options));
    Process guest =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(script.toFile())
            .start();
    return new String(guest.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private List<String> guest() {
    return List.of(
        "qemu-system-x86_64",
        "-machine",
        "pc,accel=tcg",
        "-m",
        "32",
        "-S",
        "-nodefaults",
        "-display",
        "none",
        "-monitor",
        "stdio",
        "-drive",
        "file=" + image + ",format=qcow2,if=virtio");
  }

  /** Reads the image, and checks that qemu-img reports the same. */
  private Qcow2Image readAsQemuDoes() throws IOException {
    Qcow2Reading reading = FileBytes.read(image);
    assertEquals("", reading.reason());
    Qcow2Image read = reading.image().orElseThrow();
    assertEquals(QemuImgInfo.of(image).orElseThrow(), QemuImgInfo.comparable(read));
    return read;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=0.10",
        "compat=1.1",
        "cluster_size=512",
        "cluster_size=2M",
        "extended_l2=on",
        "compression_type=zstd",
        "preallocation=metadata"
      })
  void newImageIsRead(String option) throws IOException {
    create("-o", option);

    assertEquals(4 << 20, readAsQemuDoes().virtualSize());
  }

  @Test
  void backingFileIsRead() throws IOException {
    create("-u", "-b", "../golden images/größe.qcow2", "-F", "qcow2");

    assertEquals(Optional.of("../golden images/größe.qcow2"), readAsQemuDoes().backingFile());
    assertEquals(Optional.of("qcow2"), readAsQemuDoes().backingFormat());
  }

  @Test
  void longestBackingFileIsRead() throws IOException {
    String longest = "g".repeat(1023);
    create("-u", "-b", longest, "-F", "raw");

    assertEquals(Optional.of(longest), readAsQemuDoes().backingFile());
  }

  @Test
  void backingFileWithoutFormatIsRead() throws IOException {
    create("-u", "-b", "golden.img", "-F", "raw");
    run("qemu-img", "rebase", "-u", "-b", "", image.toString());
    assertEquals(Optional.empty(), readAsQemuDoes().backingFile());
  }

  @Test
  void luksIsRead() throws IOException {
    EncryptedImage.create(image);

    assertEquals(Encryption.LUKS, readAsQemuDoes().encryption());
  }

  @Test
  void aesIsRead() throws IOException {
    create(
        "--object",
        "secret,id=key,data=correct-horse",
        "-o",
        "encrypt.format=aes,encrypt.key-secret=key");

    assertEquals(Encryption.AES, readAsQemuDoes().encryption());
  }

  @Test
  void externalDataFileIsRead() throws IOException {
    Path data = folder.resolve("web.raw");
    create("-o", "data_file=" + data);

    assertEquals(Optional.of(data.toString()), readAsQemuDoes().dataFile());
  }

  @Test
  void imageThatWasNotClosedIsDirty() throws IOException, InterruptedException {
    create("-o", "lazy_refcounts=on");
    crash();

    assertTrue(readAsQemuDoes().dirty());
  }

  /** Ends a program that writes to the image. */
  private void crash() throws IOException, InterruptedException {
    Process writer =
        new ProcessBuilder("qemu-io", "-c", "write -q 0 4k", "-c", "abort", image.toString())
            .start();
    assertNotEquals(0, writer.waitFor());
  }

  @Test
  void corruptImageIsMarked() throws IOException {
    create();
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(79);
      file.write(2);
    }

    assertTrue(readAsQemuDoes().corrupt());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "clean install",
        "1",
        "vor dem Update – größer",
        "クリーン",
        "😀",
        "a/b:c",
        "\"quoted\""
      })
  void snapshotIsRead(String name) throws IOException {
    create();
    takeSnapshot(name);

    Qcow2Snapshot snapshot = readAsQemuDoes().snapshots().get(0);

    assertEquals(name, snapshot.name());
    assertEquals(OptionalLong.of(4 << 20), snapshot.diskSize());
  }

  @Test
  void snapshotsAreReadInTheOrderOfTheirTable() throws IOException {
    create("-o", "cluster_size=512");
    for (int i = 1; i <= 60; i++) {
      takeSnapshot("nightly-" + i);
    }
    run("qemu-img", "snapshot", "-d", "nightly-7", image.toString());
    takeSnapshot("nightly-7");

    List<Qcow2Snapshot> snapshots = readAsQemuDoes().snapshots();

    assertEquals(60, snapshots.size());
    assertEquals("nightly-7", snapshots.get(59).name());
  }

  @Test
  void snapshotKeepsSizeOfDisk() throws IOException {
    create();
    takeSnapshot("small");
    run("qemu-img", "resize", "-q", image.toString(), "8M");

    Qcow2Image read = readAsQemuDoes();

    assertEquals(8 << 20, read.virtualSize());
    assertEquals(OptionalLong.of(4 << 20), read.snapshots().get(0).diskSize());
  }

  @Test
  void snapshotWithMemoryIsRead() throws IOException {
    create();
    String unused = runGuest("savevm booted\n");

    assertTrue(readAsQemuDoes().snapshots().get(0).vmStateSize() > 100_000);
  }

  @Test
  void bitmapsAreRead() throws IOException, InterruptedException {
    create();
    run("qemu-img", "bitmap", "--add", image.toString(), "backup-größe");
    run("qemu-img", "bitmap", "--add", "--disable", image.toString(), "old");
    takeSnapshot("clean");

    assertEquals(
        List.of(new Qcow2Bitmap("backup-größe", false, true), new Qcow2Bitmap("old", false, false)),
        readAsQemuDoes().bitmaps());
    crash();
    assertEquals(
        List.of(new Qcow2Bitmap("backup-größe", true, true), new Qcow2Bitmap("old", true, false)),
        readAsQemuDoes().bitmaps());
  }

  /** Holds the images of the unit tests against QEMU. */
  @Test
  void imagesOfTheBuilderAreImagesForQemu() throws IOException {
    for (byte[] sample : SampleImages.all()) {
      Files.write(image, sample);
      Qcow2Image unused = readAsQemuDoes();
    }
  }

  @Test
  void qemuImgAppliesSnapshotAsPredicted() throws IOException {
    create();
    List<String> names = List.of("2", "1", "clean", "clean");
    for (int i = 0; i < names.size(); i++) {
      write("0x1" + i);
      takeSnapshot(names.get(i));
    }
    Qcow2Image read = readAsQemuDoes();

    for (String name : List.of("1", "2", "3", "clean")) {
      int index = read.snapshots().indexOf(read.appliedByQemuImg(name).orElseThrow());
      run("qemu-img", "snapshot", "-a", name, image.toString());
      checkContains("0x1" + index);
    }
  }

  @Test
  void qemuLoadsSnapshotAsPredicted() throws IOException {
    create();
    List<String> names = List.of("2", "1", "clean", "other");
    for (int i = 0; i < names.size(); i++) {
      write("0x1" + i);
      String unused = runGuest("savevm " + names.get(i) + "\n");
    }
    takeSnapshot("clean");
    Qcow2Image read = readAsQemuDoes();

    for (String name : List.of("1", "2", "clean")) {
      int index = read.snapshots().indexOf(read.loadedByQemu(name).orElseThrow());
      String output = runGuest("info status\n", "-loadvm", name);
      assertTrue(output.contains("VM status: paused"), output);
      checkContains("0x1" + index);
    }
    assertEquals(Optional.empty(), read.loadedByQemu("3"));
    String output = runGuest("info status\n", "-loadvm", "3");
    assertTrue(output.contains("Snapshot '3' does not exist"), output);
  }

  /** Checks of which of the snapshots, which have no memory, the disk has the content. */
  private void assertContentIsOf(String... names) throws IOException {
    List<String> same = new ArrayList<>();
    try (FileChannel file = FileChannel.open(image)) {
      for (String name : List.of("clean", "updated", "grown", "missing")) {
        SnapshotDescription snapshot =
            SnapshotDescription.parse(
                "<domainsnapshot><name>" + name + "</name><state>shutoff</state></domainsnapshot>");
        if (Qcow2Content.isOf(snapshot, new FileBytes(file)).orElseThrow()) {
          same.add(name);
        }
      }
    }
    assertEquals(List.of(names), same);
  }

  /** QEMU stores the memory only in the level 1 table of the snapshot. */
  @Test
  void contentIsThatOfSnapshotWithMemory() throws IOException {
    create();
    write("0x11");
    String unused = runGuest("savevm clean\n");
    assertContentIsOf("clean");
    write("0x22");
    assertContentIsOf();
  }

  @Test
  void contentIsThatOfSnapshotUntilTheDiskIsWrittenTo() throws IOException {
    create();
    write("0x11");
    takeSnapshot("clean");
    assertContentIsOf("clean");
    write("0x22");
    assertContentIsOf();
    takeSnapshot("updated");
    assertContentIsOf("updated");
    run("qemu-img", "snapshot", "-a", "clean", image.toString());
    assertContentIsOf("clean");
    run("qemu-img", "resize", "-q", image.toString(), "2G");
    takeSnapshot("grown");
    write("0x33");
    run("qemu-img", "snapshot", "-a", "grown", image.toString());
    assertContentIsOf("clean", "grown");
  }

  /** Reads the image again and again while a guest takes and deletes snapshots. */
  @Test
  void imageOfRunningGuestIsNeverReadWrongly() throws IOException, InterruptedException {
    create();
    StringBuilder commands = new StringBuilder();
    for (int i = 1; i <= 60; i++) {
      commands.append("savevm s").append(i).append('\n');
      if (i > 3) {
        commands.append("delvm s").append(i - 3).append('\n');
      }
    }
    Process guest =
        new ProcessBuilder(guest())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (Writer monitor = guest.outputWriter()) {
      monitor.write(commands + "quit\n");
    }
    int read = 0;
    while (guest.isAlive()) {
      Qcow2Reading reading = FileBytes.read(image);
      if (reading.outcome() != Outcome.CHANGED) {
        assertEquals("", reading.reason());
        checkConsecutive(reading.image().orElseThrow().snapshots());
        read++;
      }
    }
    assertEquals(0, guest.waitFor());
    assertTrue(read > 50, read + " readings");
    assertEquals(
        List.of("s58", "s59", "s60"),
        readAsQemuDoes().snapshots().stream().map(Qcow2Snapshot::name).toList());
  }

  private static void checkConsecutive(List<Qcow2Snapshot> snapshots) {
    if (!snapshots.isEmpty()) {
      int first = Integer.parseInt(snapshots.get(0).name().substring(1));
      assertEquals(
          IntStream.range(first, first + snapshots.size()).mapToObj(i -> "s" + i).toList(),
          snapshots.stream().map(Qcow2Snapshot::name).toList());
      assertTrue(snapshots.size() <= 4, snapshots::toString);
    }
  }
}
