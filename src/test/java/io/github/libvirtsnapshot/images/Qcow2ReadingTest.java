package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.Qcow2Builder.BACKING_FORMAT;
import static io.github.libvirtsnapshot.images.Qcow2Builder.CLUSTER;
import static io.github.libvirtsnapshot.images.Qcow2Builder.DATA_FILE;
import static io.github.libvirtsnapshot.images.Qcow2Builder.SNAPSHOT_TABLE;
import static io.github.libvirtsnapshot.images.Qcow2Builder.longs;
import static io.github.libvirtsnapshot.images.Qcow2Builder.utf8;
import static io.github.libvirtsnapshot.images.SampleImages.bytesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import io.github.libvirtsnapshot.images.Qcow2Image.Encryption;
import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Qcow2ReadingTest {
  private static final int DIRTY = 1;
  private static final int CORRUPT = 1 << 1;
  private static final int EXTERNAL_DATA = 1 << 2;

  private static final int VERSION = 4;
  private static final int BACKING_FILE_OFFSET = 8;
  private static final int BACKING_FILE_LENGTH = 16;
  private static final int CLUSTER_BITS = 20;
  private static final int SIZE = 24;
  private static final int SNAPSHOT_COUNT = 60;
  private static final int SNAPSHOT_TABLE_OFFSET = 64;
  private static final int AUTOCLEAR = 95;
  private static final int HEADER_LENGTH = 100;
  private static final int EXTENSIONS = Qcow2Builder.VERSION_3_HEADER;

  /** So far from the header that the library reads both separately. */
  private static final int DISTANT = 1 << 16;

  private static Qcow2Reading read(byte[] image) {
    return Qcow2Reading.of(bytesOf(image));
  }

  private static Qcow2Image image(Qcow2Builder builder) {
    Qcow2Reading reading = read(builder.build());
    assertEquals("", reading.reason());
    return reading.image().orElseThrow();
  }

  private static Qcow2Snapshot snapshot(Qcow2Builder builder) {
    List<Qcow2Snapshot> snapshots = image(builder).snapshots();
    assertEquals(1, snapshots.size());
    return snapshots.get(0);
  }

  private static void assertOutcome(Outcome outcome, String reason, byte[] image) {
    assertEquals(new Qcow2Reading(outcome, Optional.empty(), reason), read(image));
  }

  private static byte[] withInt(int offset, int value) {
    return ByteBuffer.wrap(complete().build()).putInt(offset, value).array();
  }

  private static byte[] withLong(int offset, long value) {
    return ByteBuffer.wrap(complete().build()).putLong(offset, value).array();
  }

  /** Returns an image with all parts that the library reads, except for an external data file. */
  private static Qcow2Builder complete() {
    return new Qcow2Builder()
        .incompatible(DIRTY)
        .encryption(2)
        .backingFile("/images/golden.qcow2")
        .extension(BACKING_FORMAT, "qcow2")
        .snapshot("1", "clean install")
        .snapshot(
            utf8("2"),
            utf8("before upgrade"),
            1_700_000_000,
            123_456_789,
            5_000_000_001L,
            0,
            longs(40_000_000_000L, 2 << 20, -1))
        .bitmap("backup-monday", 1)
        .bitmap("backup-tuesday", 2);
  }

  @Test
  void allPartsAreRead() {
    assertEquals(
        new Qcow2Image(
            3,
            1 << 20,
            Optional.of("/images/golden.qcow2"),
            Optional.of("qcow2"),
            Encryption.LUKS,
            false,
            Optional.empty(),
            true,
            false,
            List.of(
                new Qcow2Snapshot(
                    "1",
                    "clean install",
                    Instant.ofEpochSecond(1_700_000_000),
                    Duration.ZERO,
                    0,
                    OptionalLong.of(1 << 20)),
                new Qcow2Snapshot(
                    "2",
                    "before upgrade",
                    Instant.ofEpochSecond(1_700_000_000, 123_456_789),
                    Duration.ofSeconds(5, 1),
                    40_000_000_000L,
                    OptionalLong.of(2 << 20))),
            List.of(
                new Qcow2Bitmap("backup-monday", true, false),
                new Qcow2Bitmap("backup-tuesday", false, true))),
        image(complete()));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void emptyImageIsRead(int version) {
    assertEquals(
        new Qcow2Image(
            version,
            5_000_000_000L,
            Optional.empty(),
            Optional.empty(),
            Encryption.NONE,
            false,
            Optional.empty(),
            false,
            false,
            List.of(),
            List.of()),
        image(new Qcow2Builder().version(version).size(5_000_000_000L)));
  }

  @Test
  void version2HasBackingFileAndSnapshots() {
    Qcow2Image image =
        image(
            new Qcow2Builder()
                .version(2)
                .backingFile("golden.raw")
                .extension(BACKING_FORMAT, "raw")
                .snapshot("1", "clean"));

    assertEquals(Optional.of("golden.raw"), image.backingFile());
    assertEquals(Optional.of("raw"), image.backingFormat());
    assertEquals("clean", image.snapshots().get(0).name());
  }

  @Test
  void backingFormatIsOptional() {
    Qcow2Image image = image(new Qcow2Builder().backingFile("golden.qcow2"));

    assertEquals(Optional.of("golden.qcow2"), image.backingFile());
    assertEquals(Optional.empty(), image.backingFormat());
  }

  @Test
  void emptyBackingFormatIsIgnored() {
    assertEquals(
        Optional.empty(),
        image(new Qcow2Builder().backingFile("golden.img").extension(BACKING_FORMAT, ""))
            .backingFormat());
  }

  @Test
  void backingFormatWithoutBackingFileIsIgnored() {
    assertEquals(
        Optional.empty(),
        image(new Qcow2Builder().extension(BACKING_FORMAT, "raw")).backingFormat());
  }

  @Test
  void lastOfTwoBackingFormatsIsUsed() {
    assertEquals(
        Optional.of("raw"),
        image(
                new Qcow2Builder()
                    .backingFile("golden.img")
                    .extension(BACKING_FORMAT, "qcow2")
                    .extension(BACKING_FORMAT, "raw"))
            .backingFormat());
  }

  @ParameterizedTest
  @CsvSource({"0,NONE", "1,AES", "2,LUKS"})
  void encryptionIsRead(int method, Encryption expected) {
    assertEquals(expected, image(new Qcow2Builder().encryption(method)).encryption());
  }

  @Test
  void dirtyImageIsMarked() {
    Qcow2Image image = image(new Qcow2Builder().incompatible(DIRTY));

    assertTrue(image.dirty() && !image.corrupt() && !image.externalData());
  }

  @Test
  void corruptImageIsMarked() {
    Qcow2Image image = image(new Qcow2Builder().incompatible(CORRUPT));

    assertTrue(image.corrupt() && !image.dirty() && !image.externalData());
  }

  @Test
  void externalDataFileIsRead() {
    Qcow2Image image =
        image(new Qcow2Builder().incompatible(EXTERNAL_DATA).extension(DATA_FILE, "web.raw"));

    assertTrue(image.externalData());
    assertEquals(Optional.of("web.raw"), image.dataFile());
  }

  @Test
  void snapshotsOfImageWithExternalDataFileAreIgnored() {
    assertEquals(
        List.of(),
        image(new Qcow2Builder().incompatible(EXTERNAL_DATA).snapshot("1", "clean")).snapshots());
  }

  @Test
  void externalDataFileMayHaveNoName() {
    Qcow2Image image = image(new Qcow2Builder().incompatible(EXTERNAL_DATA));

    assertTrue(image.externalData() && !image.dirty() && !image.corrupt());
    assertEquals(Optional.empty(), image.dataFile());
  }

  @Test
  void nameOfDataFileWithoutFeatureIsIgnored() {
    assertEquals(
        Optional.empty(), image(new Qcow2Builder().extension(DATA_FILE, "web.raw")).dataFile());
  }

  @Test
  void compressionTypeAndExtendedEntriesAreIgnored() {
    assertEquals(
        image(new Qcow2Builder()), image(new Qcow2Builder().incompatible(1 << 3 | 1 << 4)));
  }

  @Test
  void unknownFeaturesAreUnsupported() {
    assertOutcome(
        Outcome.UNSUPPORTED,
        "the library does not know its qcow2 feature bits 0x8000000000000020",
        new Qcow2Builder().incompatible(Long.MIN_VALUE | 1 << 5 | DIRTY).build());
  }

  @Test
  void unknownEncryptionIsUnsupported() {
    assertOutcome(
        Outcome.UNSUPPORTED,
        "the library does not know its qcow2 encryption method 3",
        new Qcow2Builder().encryption(3).build());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, -1})
  void unknownVersionIsUnsupported(int version) {
    assertOutcome(
        Outcome.UNSUPPORTED,
        "the library does not know its qcow2 version " + Integer.toUnsignedString(version),
        withInt(VERSION, version));
  }

  /** Versions of QEMU before 1.1 write no extra data, and those before 5.2 write 16 bytes. */
  @ParameterizedTest
  @CsvSource({"0,7,", "8,9,", "16,9,4096", "24,9,4096"})
  void snapshotOfOlderQemuIsRead(int extraLength, long vmStateSize, Long diskSize) {
    byte[] extra = Arrays.copyOf(longs(9, 4096, -1), extraLength);

    Qcow2Snapshot snapshot =
        snapshot(new Qcow2Builder().snapshot(utf8("1"), utf8("clean"), 0, 0, 0, 7, extra));

    assertEquals("clean", snapshot.name());
    assertEquals(vmStateSize, snapshot.vmStateSize());
    assertEquals(
        diskSize == null ? OptionalLong.empty() : OptionalLong.of(diskSize), snapshot.diskSize());
  }

  @Test
  void numbersOfSnapshotAreUnsigned() {
    Qcow2Snapshot snapshot =
        snapshot(new Qcow2Builder().snapshot(utf8("1"), utf8("s"), -1, -1, -1, -1, new byte[0]));

    assertEquals(Instant.ofEpochSecond(0xFFFF_FFFFL, 0xFFFF_FFFFL), snapshot.created());
    assertEquals(Duration.ofSeconds(18_446_744_073L, 709_551_615), snapshot.vmClock());
    assertEquals(0xFFFF_FFFFL, snapshot.vmStateSize());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "vor dem Update – größer", "クリーン", "😀", "a b:c\n"})
  void nameOfSnapshotIsRead(String name) {
    assertEquals(name, snapshot(new Qcow2Builder().snapshot("1", name)).name());
  }

  @Test
  void nameEndsAtFirstNul() {
    assertEquals("clean", snapshot(new Qcow2Builder().snapshot("1", "clean\0install")).name());
  }

  @Test
  void bytesThatAreNotUtf8AreReplaced() {
    byte[] latin1 = "größer".getBytes(StandardCharsets.ISO_8859_1);

    assertEquals(
        "gr\uFFFD\uFFFDer",
        snapshot(new Qcow2Builder().snapshot(utf8("1"), latin1, 0, 0, 0, 0, new byte[0])).name());
  }

  @Test
  void bitmapWithExtraDataIsRead() {
    Qcow2Image image =
        image(new Qcow2Builder().bitmap("monday", 2, new byte[12]).bitmap("tuesday", 1));

    assertEquals(
        List.of(new Qcow2Bitmap("monday", false, true), new Qcow2Bitmap("tuesday", true, false)),
        image.bitmaps());
  }

  @Test
  void longestNameOfBitmapIsRead() {
    String longest = "b".repeat(1023);

    assertEquals(longest, image(new Qcow2Builder().bitmap(longest, 0)).bitmaps().get(0).name());
  }

  @Test
  void longNameOfBitmapIsDamage() {
    assertOutcome(
        Outcome.DAMAGED,
        "an entry of the directory of its bitmaps is too long",
        new Qcow2Builder().bitmap("b".repeat(1024), 0).build());
  }

  @Test
  void wrongLengthOfBitmapDirectoryIsDamage() {
    byte[] image = new Qcow2Builder().bitmap("monday", 0).build();
    ByteBuffer.wrap(image).putLong(EXTENSIONS + 16, 48);

    assertOutcome(Outcome.DAMAGED, "the directory of its bitmaps has a wrong length", image);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_536})
  void numberOfBitmapsOutOfRangeIsDamage(int count) {
    byte[] image = new Qcow2Builder().bitmap("monday", 0).build();
    ByteBuffer.wrap(image).putInt(EXTENSIONS + 8, count);

    assertOutcome(Outcome.DAMAGED, "the number of its bitmaps is out of range", image);
  }

  @Test
  void wrongLengthOfBitmapExtensionIsDamage() {
    byte[] image = new Qcow2Builder().bitmap("monday", 0).build();
    ByteBuffer.wrap(image).putInt(EXTENSIONS + 4, 16);

    assertOutcome(Outcome.DAMAGED, "the extension for bitmaps has a wrong length", image);
  }

  @Test
  void bitmapsAreIgnoredIfAnotherProgramWroteToTheImage() {
    byte[] image = complete().build();
    image[AUTOCLEAR] = 0;

    assertEquals(List.of(), read(image).image().orElseThrow().bitmaps());
  }

  @ParameterizedTest
  @CsvSource({
    "qcow, 'QFI\u00FB\0\0\0\1'",
    "qed, 'QED\0'",
    "vmdk, KDMV",
    "vmdk, COWD",
    "vhdx, vhdxfile",
    "vpc, conectix",
    "luks, 'LUKS\u00BA\u00BE'",
    "parallels, WithoutFreeSpace"
  })
  void otherFormatIsNamed(String format, String start) {
    assertOutcome(
        Outcome.OTHER_FORMAT,
        "the image is a %s image, not a qcow2 image".formatted(format),
        Arrays.copyOf(start.getBytes(StandardCharsets.ISO_8859_1), 512));
  }

  @Test
  void vdiIsNamed() {
    byte[] vdi = ByteBuffer.allocate(512).putInt(64, 0x7F10DABE).array();

    assertOutcome(Outcome.OTHER_FORMAT, "the image is a vdi image, not a qcow2 image", vdi);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 512})
  void rawImageIsNoQcow2Image(int length) {
    assertOutcome(Outcome.OTHER_FORMAT, "the image is not a qcow2 image", new byte[length]);
  }

  @Test
  void reasonNamesTheMissingByte() {
    assertOutcome(
        Outcome.DAMAGED, "the image ends before byte 104", Arrays.copyOf(complete().build(), 103));
  }

  @Test
  void imageTruncatedAtAnyLengthIsReadFullyOrNotAtAll() {
    byte[] image = complete().build();
    Qcow2Reading whole = read(image);
    int end = image.length - CLUSTER + 2 * 40;

    for (int length = 0; length < image.length; length++) {
      Qcow2Reading reading = read(Arrays.copyOf(image, length));
      if (length < 4) {
        assertEquals(Outcome.OTHER_FORMAT, reading.outcome());
      } else if (length < end - 2) {
        assertEquals(Outcome.DAMAGED, reading.outcome());
        assertTrue(reading.reason().startsWith("the image ends before byte "), reading.reason());
      } else {
        assertEquals(whole, reading);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8, the size of its clusters is out of range",
    "22, the size of its clusters is out of range",
    "-1, the size of its clusters is out of range"
  })
  void sizeOfClustersOutOfRangeIsDamage(int bits, String reason) {
    assertOutcome(Outcome.DAMAGED, reason, withInt(CLUSTER_BITS, bits));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 103})
  void shortHeaderIsDamage(int length) {
    assertOutcome(Outcome.DAMAGED, "its header is too short", withInt(HEADER_LENGTH, length));
  }

  @Test
  void headerLongerThanClusterIsDamage() {
    assertOutcome(Outcome.DAMAGED, "its header is too long", withInt(HEADER_LENGTH, CLUSTER + 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, CLUSTER + 1, Long.MAX_VALUE})
  void backingFileNameBeyondFirstClusterIsDamage(long offset) {
    assertOutcome(
        Outcome.DAMAGED,
        "the name of its backing file is not in the first cluster",
        withLong(BACKING_FILE_OFFSET, offset));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1024, CLUSTER})
  void longBackingFileNameIsDamage(int length) {
    assertOutcome(
        Outcome.DAMAGED,
        "the name of its backing file is too long",
        withInt(BACKING_FILE_LENGTH, length));
  }

  @ParameterizedTest
  @CsvSource({"1023, READ", "1024, DAMAGED"})
  void backingFileNameHasAtMost1023Bytes(int length, Outcome outcome) {
    byte[] image = Arrays.copyOf(new Qcow2Builder().backingFile("golden.img").build(), 1 << 16);
    ByteBuffer.wrap(image).putInt(CLUSTER_BITS, 16).putInt(BACKING_FILE_LENGTH, length);

    assertEquals(outcome, read(image).outcome());
  }

  @Test
  void emptyBackingFileNameIsIgnored() {
    assertEquals(
        Optional.empty(),
        read(withInt(BACKING_FILE_LENGTH, 0)).image().orElseThrow().backingFile());
  }

  @Test
  void backingFileNameWithinHeaderIsRead() {
    byte[] image = new Qcow2Builder().build();
    ByteBuffer.wrap(image).putLong(BACKING_FILE_OFFSET, 1).putInt(BACKING_FILE_LENGTH, 2);

    assertEquals(Optional.of("FI"), read(image).image().orElseThrow().backingFile());
  }

  @Test
  void diskOfNoSizeIsRead() {
    assertEquals(0, image(new Qcow2Builder().size(0)).virtualSize());
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 21})
  void smallestAndLargestClustersAreRead(int bits) {
    byte[] image = new Qcow2Builder().build();
    ByteBuffer.wrap(image).putInt(CLUSTER_BITS, bits);

    assertEquals("", read(image).reason());
  }

  @Test
  void headerOfOneClusterIsRead() {
    byte[] image = new Qcow2Builder().build();
    ByteBuffer.wrap(image).putInt(HEADER_LENGTH, CLUSTER);

    assertEquals("", read(image).reason());
  }

  @ParameterizedTest
  @CsvSource({"0, READ", "1, DAMAGED"})
  void extensionEndsWithFirstCluster(int excess, Outcome outcome) {
    byte[] image = new Qcow2Builder().build();
    ByteBuffer.wrap(image)
        .putInt(EXTENSIONS, 0x6803F857)
        .putInt(EXTENSIONS + 4, CLUSTER - EXTENSIONS - 8 + excess);

    assertEquals(outcome, read(image).outcome());
  }

  @Test
  void nameOfDataFileOfMoreThanOneMebibyteIsTooLarge() {
    byte[] image = Arrays.copyOf(new Qcow2Builder().build(), 1 << 21);
    ByteBuffer.wrap(image)
        .putInt(CLUSTER_BITS, 21)
        .putInt(EXTENSIONS, DATA_FILE)
        .putInt(EXTENSIONS + 4, (1 << 20) + 1);

    assertEquals(Outcome.TOO_LARGE, read(image).outcome());
  }

  @Test
  void negativeDiskSizeIsDamage() {
    assertOutcome(
        Outcome.DAMAGED, "the size of its disk is out of range", withLong(SIZE, Long.MIN_VALUE));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, CLUSTER, Integer.MAX_VALUE})
  void extensionLongerThanHeaderIsDamage(int length) {
    assertOutcome(
        Outcome.DAMAGED, "an extension of its header is too long", withInt(EXTENSIONS + 4, length));
  }

  @Test
  void longBackingFormatIsDamage() {
    assertOutcome(
        Outcome.DAMAGED,
        "the format of its backing file is too long",
        new Qcow2Builder().extension(BACKING_FORMAT, "a-very-long-name").build());
  }

  @Test
  void longestBackingFormatIsRead() {
    assertEquals(
        Optional.of("fifteen-letters"),
        image(
                new Qcow2Builder()
                    .backingFile("golden.img")
                    .extension(BACKING_FORMAT, "fifteen-letters"))
            .backingFormat());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_537})
  void tooManySnapshotsAreDamage(int count) {
    assertOutcome(
        Outcome.DAMAGED,
        "the number of its snapshots is out of range",
        withInt(SNAPSHOT_COUNT, count));
  }

  @ParameterizedTest
  @ValueSource(longs = {-CLUSTER, CLUSTER + 8, Long.MAX_VALUE - CLUSTER + 1})
  void positionOfSnapshotTableOutOfRangeIsDamage(long offset) {
    assertOutcome(
        Outcome.DAMAGED,
        "the position of a table is out of range",
        withLong(SNAPSHOT_TABLE_OFFSET, offset));
  }

  @Test
  void snapshotWithMuchExtraDataIsRead() {
    Qcow2Builder builder =
        new Qcow2Builder().snapshot(utf8("1"), utf8("clean"), 0, 0, 0, 0, new byte[1024]);

    assertEquals("clean", snapshot(builder).name());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1025})
  void muchExtraDataOfSnapshotIsDamage(int length) {
    assertOutcome(
        Outcome.DAMAGED,
        "the extra data of a snapshot is too long",
        withInt(SNAPSHOT_TABLE + 36, length));
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 48})
  void negativeSizeOfSnapshotIsDamage(int offset) {
    assertOutcome(
        Outcome.DAMAGED,
        "a size of a snapshot is out of range",
        withLong(SNAPSHOT_TABLE + offset, -1));
  }

  @Test
  void imageWithAsManySnapshotsAsQemuAllowsIsRead() {
    Qcow2Builder builder = new Qcow2Builder();
    IntStream.rangeClosed(1, 65_536)
        .forEach(i -> builder.snapshot(Integer.toString(i), "nightly-" + i));

    Qcow2Image image = image(builder);

    assertEquals(Optional.of(image.snapshots().get(65_535)), image.loadedByQemu("nightly-65536"));
  }

  @Test
  void tablesOfMoreThan8MebibytesAreTooLarge() {
    Qcow2Builder builder = new Qcow2Builder();
    String name = "n".repeat(65_535);
    IntStream.rangeClosed(1, 130).forEach(i -> builder.snapshot(Integer.toString(i), name));

    assertOutcome(
        Outcome.TOO_LARGE,
        "the header and the tables of the image have more bytes than the library reads",
        builder.build());
  }

  @Test
  void readsHeaderAndSnapshotTableTwice() {
    byte[] image = new Qcow2Builder().tablesAt(DISTANT).snapshot("1", "clean").build();
    List<Long> offsets = new ArrayList<>();

    Qcow2Reading unused =
        Qcow2Reading.of(
            (offset, length) -> {
              offsets.add(offset);
              return bytesOf(image).read(offset, length);
            });

    assertEquals(List.of(0L, (long) DISTANT, 0L, (long) DISTANT), offsets);
  }

  @Test
  void readingWithoutImageIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new Qcow2Reading(Outcome.READ, Optional.empty(), ""));
  }

  @Test
  void imageThatChangesBetweenTwoReadsIsNeverReadWrongly() {
    byte[] before = complete().tablesAt(DISTANT).build();
    byte[] after =
        new Qcow2Builder()
            .tablesAt(DISTANT)
            .snapshot("7", "weekly")
            .snapshot("8", "monthly")
            .build();
    List<Outcome> outcomes = new ArrayList<>();
    for (int reads = 0; reads <= 8; reads++) {
      Qcow2Reading reading = Qcow2Reading.of(changing(before, after, reads));
      outcomes.add(reading.outcome());
      assertTrue(
          reading.outcome() == Outcome.CHANGED
              || reading.equals(read(before))
              || reading.equals(read(after)));
    }

    assertEquals(
        List.of(Outcome.READ, Outcome.READ),
        List.of(outcomes.get(0), Lists.reverse(outcomes).get(0)));
    assertTrue(outcomes.contains(Outcome.CHANGED));
  }

  /** Returns an image that changes after a number of reads. */
  private static ImageBytes<RuntimeException> changing(byte[] before, byte[] after, int reads) {
    int[] left = {reads};
    return (offset, length) -> bytesOf(left[0]-- > 0 ? before : after).read(offset, length);
  }

  @Test
  void exceptionOfReadIsThrown() {
    IOException failure = new IOException("the volume is gone");
    ImageBytes<IOException> gone =
        (offset, length) -> {
          throw failure;
        };

    assertSame(failure, assertThrows(IOException.class, () -> Qcow2Reading.of(gone)));
  }

  @Test
  void numberIsIdOfAnotherSnapshot() {
    Qcow2Image image = image(new Qcow2Builder().snapshot("1", "2").snapshot("2", "1"));

    assertEquals(Optional.of(image.snapshots().get(0)), image.loadedByQemu("1"));
    assertEquals(Optional.of(image.snapshots().get(0)), image.appliedByQemuImg("1"));
  }

  @Test
  void firstOfTwoSnapshotsOfOneNameIsLoaded() {
    Qcow2Image image =
        image(
            new Qcow2Builder().snapshot("2", "base").snapshot("5", "clean").snapshot("3", "clean"));

    assertEquals(Optional.of(image.snapshots().get(1)), image.loadedByQemu("clean"));
    assertEquals(Optional.of(image.snapshots().get(1)), image.appliedByQemuImg("clean"));
  }

  @Test
  void onlyQemuImgTakesIdThatIsNoName() {
    Qcow2Image image = image(new Qcow2Builder().snapshot("1", "clean"));

    assertEquals(Optional.empty(), image.loadedByQemu("1"));
    assertEquals(Optional.of(image.snapshots().get(0)), image.appliedByQemuImg("1"));
  }

  @Test
  void unknownNameIsNotFound() {
    Qcow2Image image = image(new Qcow2Builder().snapshot("1", "clean"));

    assertEquals(Optional.empty(), image.loadedByQemu("Clean"));
    assertEquals(Optional.empty(), image.appliedByQemuImg("Clean"));
  }
}
