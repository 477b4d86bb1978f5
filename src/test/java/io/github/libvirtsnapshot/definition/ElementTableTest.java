package io.github.libvirtsnapshot.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.SetMultimap;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElementTableTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private static final Pattern TABLE =
      Pattern.compile("\\| element \\| state \\|\n\\|---\\|---\\|\n((?:\\|.*\n)+)");

  private static XmlNode domain(String content) {
    return XmlNode.parse("<domain>" + content + "</domain>");
  }

  private static String states(String content) {
    return ElementTable.states(domain(content), Treatment.values()).stream()
        .filter(state -> state.treatment() != Treatment.NO_STATE)
        .map(state -> state.label() + " " + state.source() + ": " + state.treatment())
        .collect(Collectors.joining("; "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<disk><target dev='vda'/></disk>                       | disk vda: IN_SNAPSHOT",
        "<disk><target dev='vda'/><transient/></disk>           | disk vda: DISCARDED",
        "<memory model='dimm'/>                                 | memory : IN_SNAPSHOT",
        "<memory model='nvdimm'><source><path>/n</path></source></memory> | NVDIMM /n: WITH_MEMORY",
        "<tpm><backend type='emulator'/></tpm>                  | TPM : WITH_MEMORY",
        "<tpm><backend type='external'><source path='/s'/></backend></tpm> | TPM /s: WITH_MEMORY",
        "<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>"
            + " | TPM /dev/tpm0: NEVER",
        "<filesystem type='mount'><source dir='/srv/web'/></filesystem>"
            + " | shared folder /srv/web: NEVER",
        "<shmem name='m' role='master'><model type='ivshmem-plain'/></shmem>"
            + " | shared memory m: WITH_MEMORY",
        "<shmem name='m' role='master'><model type='ivshmem-doorbell'/></shmem>"
            + " | shared memory m: NEVER",
        "<shmem name='m' role='peer'/>                          | shared memory m: NEVER",
        "<shmem name='m'/>                                      | shared memory m: NEVER",
        "<serial type='file'><source path='/l'/></serial>       | file /l: EMPTIED",
        "<serial type='file'><source path='/l' append='off'/></serial> | file /l: EMPTIED",
        "<serial type='file'><source path='/l' append='on'/></serial>  | ''",
        "<serial type='pty'><log file='/l'/></serial>            | file /l: EMPTIED",
        "<serial type='pty'><log file='/l' append='on'/></serial> | ''",
        "<serial type='pty'/>                                   | ''",
        "<serial type='file'><source path='/l'/></serial><console type='file'><source path='/l'/>"
            + "</console> | file /l: EMPTIED",
        "<sound/>                                               | ''",
      })
  void statesOfDevices(String devices, String expected) {
    assertEquals(expected, states("<devices>" + devices + "</devices>"));
  }

  @Test
  void statesOutsideOfDevices() {
    assertEquals(
        "memory : IN_SNAPSHOT; NVRAM : IN_SNAPSHOT; UEFI variable store : WITH_MEMORY",
        states("<memory>1</memory><os><nvram/><varstore/></os>"));
  }

  @Test
  void statesAreLimitedToTheTreatments() {
    String devices =
        "<devices><filesystem type='mount'><source dir='/d'/></filesystem><disk/></devices>";
    assertEquals(
        List.of(new ElementState("shared folder", "/d", Treatment.NEVER)),
        ElementTable.states(domain(devices), Treatment.NEVER, Treatment.WITH_MEMORY));
  }

  @Test
  void elementsThatTheTableLacksAreUnknown() {
    assertEquals(
        Set.of("quantum", "os/rom", "devices/teleporter"),
        ElementTable.unknown(
            domain(
                "<name>n</name><quantum/><os><type/><rom/></os>"
                    + "<devices><teleporter/><teleporter/><disk/></devices>")));
  }

  @Test
  void variantThatTheTableLacksIsUnknown() {
    assertEquals(
        Set.of(
            "devices/tpm[backend/@type=remote]",
            "devices/shmem[model/@type=ivshmem-plain][@role=observer]"),
        ElementTable.unknown(
            domain(
                "<devices><tpm><backend type='remote'/></tpm>"
                    + "<tpm><backend type='emulator'/></tpm>"
                    + "<shmem role='observer'><model type='ivshmem-plain'/></shmem></devices>")));
  }

  @Test
  void argumentsOfTheHypervisorAreUnknown() {
    assertEquals(
        Set.of("qemu:commandline"),
        ElementTable.unknown(
            domain(
                "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                    + "<qemu:arg value='-S'/></qemu:commandline>")));
  }

  /** The page is for readers who do not read the source. */
  @Test
  void documentedTableHasTheSameElements() throws IOException {
    SetMultimap<String, String> expected =
        Arrays.stream(Treatment.values())
            .collect(
                ImmutableSetMultimap.flatteningToImmutableSetMultimap(
                    Treatment::words, treatment -> ElementTable.keys(treatment).stream()));
    assertEquals(expected, documented());
  }

  private static SetMultimap<String, String> documented() throws IOException {
    ImmutableSetMultimap.Builder<String, String> elements = ImmutableSetMultimap.builder();
    Matcher table = TABLE.matcher(Files.readString(Path.of("docs/plans.md")));
    assertTrue(table.find());
    for (String row : Splitter.on('\n').omitEmptyStrings().split(table.group(1))) {
      List<String> cells = Splitter.on('|').trimResults().splitToList(row);
      String words = Splitter.on(':').splitToList(cells.get(2)).get(0);
      CODE.matcher(cells.get(1))
          .results()
          .forEach((MatchResult code) -> elements.put(words, code.group(1)));
    }
    return elements.build();
  }
}
