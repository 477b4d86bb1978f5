package io.github.libvirtsnapshot.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what is read of the XML of a volume. */
class StorageVolumeTest {
  private static final String ENCRYPTED_OVERLAY =
      """
      <volume type='file'>
        <name>web01.qcow2</name>
        <key>/images/web01.qcow2</key>
        <capacity unit='bytes'>67108864</capacity>
        <allocation unit='bytes'>200704</allocation>
        <physical unit='bytes'>196616</physical>
        <target>
          <path>/images/web01.qcow2</path>
          <format type='qcow2'/>
          <permissions>
            <mode>0444</mode>
            <owner>0</owner>
          </permissions>
          <timestamps>
            <atime>1700000003.000000003</atime>
            <mtime>1700000001.000000020</mtime>
            <ctime>1700000002</ctime>
            <btime>0</btime>
          </timestamps>
          <encryption format='luks'>
          </encryption>
          <compat>1.1</compat>
        </target>
        <backingStore>
          <path>/images/golden.raw</path>
          <format type='raw'/>
          <timestamps>
            <mtime>1600000000</mtime>
          </timestamps>
        </backingStore>
      </volume>
      """;

  @Test
  void allPartsAreRead() {
    assertEquals(
        new StorageVolume(
            "/images/web01.qcow2",
            Optional.of("qcow2"),
            Optional.of("/images/golden.raw"),
            Optional.of("raw"),
            Optional.of(67108864L),
            Optional.of(Instant.ofEpochSecond(1700000001, 20)),
            Optional.of(Instant.ofEpochSecond(1700000002)),
            true),
        StorageVolume.parse(ENCRYPTED_OVERLAY));
  }

  @Test
  void missingPartsAreEmpty() {
    assertEquals(
        new StorageVolume(
            "",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false),
        StorageVolume.parse("<volume/>"));
  }

  @ParameterizedTest
  @CsvSource({"0444, true", "0, true", "0555, true", "0644, false", "0464, false", "0446, false"})
  void volumeIsWriteProtected_ifNoUserMayWrite(String mode, boolean isWriteProtected) {
    assertEquals(isWriteProtected, withMode(mode));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "r--r--r--", "99999999999999999999"})
  void invalidModeIsUnknown(String mode) {
    assertFalse(withMode(mode));
  }

  private static boolean withMode(String mode) {
    return StorageVolume.parse(
            "<volume><target><permissions><mode>"
                + mode
                + "</mode></permissions></target></volume>")
        .isWriteProtected();
  }

  /** libvirt writes the seconds of a time before 1970 as an unsigned number of 64 bits. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "18446744071709551616",
        "-1",
        "1e9",
        "1700000000.5",
        "1700000000.0000000001",
        "99999999999999999.000000000",
        "never",
        ""
      })
  void invalidTimeIsEmpty(String time) {
    assertEquals(
        Optional.empty(),
        StorageVolume.parse(
                "<volume><target><timestamps><mtime>"
                    + time
                    + "</mtime></timestamps></target></volume>")
            .modified());
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807, 9223372036854775807",
    "9223372036854775808,",
    "18446744073709551615,",
    "-1,",
    "1 GiB,"
  })
  void invalidSizeIsEmpty(String size, Long read) {
    assertEquals(
        Optional.ofNullable(read),
        StorageVolume.parse("<volume><capacity>" + size + "</capacity></volume>").capacity());
  }

  @Test
  void textThatIsNotXmlIsRejected() {
    assertThrows(UnreadableXmlException.class, () -> StorageVolume.parse("no volume"));
  }

  @Test
  void toStringHasOneLine() {
    assertEquals(
        "volume \"/images/web01.qcow2\" (qcow2)",
        StorageVolume.parse(ENCRYPTED_OVERLAY).toString());
    assertEquals(
        "volume \"/images/a\\nb\" (raw\\n)",
        StorageVolume.parse(
                "<volume><target><path>/images/a\nb</path><format type='raw&#10;'/></target>"
                    + "</volume>")
            .toString());
  }
}
