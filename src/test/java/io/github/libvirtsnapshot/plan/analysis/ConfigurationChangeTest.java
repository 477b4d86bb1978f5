package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import io.github.libvirtsnapshot.Allocation;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationChangeTest {
  private static List<ConfigurationChange> changes(String now, String then) {
    return DefinitionDiff.of(
        XmlNode.parse("<domain>" + now + "</domain>"),
        XmlNode.parse("<domain>" + then + "</domain>"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<memory>64</memory> | <memory>32</memory> | memory: 64 -> 32",
        "<memory>64</memory> | <memory> 64 </memory> | ''",
        "<name>web01</name> | <name>web02</name> | ''",
        "<title>x</title> | '' | title: x -> (removed)",
        "'' | <title>x</title> | title: (none) -> x",
        "<features><acpi/></features> | <features><apic/></features>"
            + " | features/acpi: (present) -> (removed); features/apic: (none) -> (present)",
        "<memory unit='KiB'>1</memory> | <memory unit='MiB'>1</memory>"
            + " | memory/@unit: KiB -> MiB",
        "<os><boot dev='hd'/></os> | <os><boot dev='cdrom'/></os> | os/boot/@dev: hd -> cdrom",
        "<os><boot dev='hd'/><boot dev='fd'/></os> | <os><boot dev='hd'/></os>"
            + " | os/boot[2]/@dev: fd -> (removed)",
        "<devices><disk><target dev='vda'/><a>1</a></disk></devices>"
            + " | <devices><disk><target dev='vda'/><a>2</a></disk></devices>"
            + " | devices/disk[vda]/a: 1 -> 2",
        "<devices><disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk></devices>"
            + " | <devices><disk><target dev='vdb'/></disk><disk><target dev='vda'/></disk></devices>"
            + " | ''",
        "<devices><interface><mac address='1'/></interface></devices>"
            + " | <devices><interface><mac address='2'/></interface></devices>"
            + " | devices/interface[1]/mac/@address: 1 -> (removed);"
            + " devices/interface[2]/mac/@address: (none) -> 2",
        "<devices><controller type='usb' index='0'/><controller type='pci' index='0'/></devices>"
            + " | <devices><controller type='pci' index='0'/><controller type='usb' index='0'/></devices>"
            + " | ''",
        "<devices><controller type='usb' index='0'><master startport='0'/></controller>"
            + "<controller type='usb' index='0'><master startport='2'/></controller></devices>"
            + " | <devices><controller type='usb' index='0'><master startport='2'/></controller></devices>"
            + " | devices/controller[usb:0:0]/@index: 0 -> (removed);"
            + " devices/controller[usb:0:0]/@type: usb -> (removed);"
            + " devices/controller[usb:0:0]/master/@startport: 0 -> (removed)",
        "<devices><controller type='scsi' index='0' model='lsilogic'/></devices>"
            + " | <devices><controller type='scsi' index='0' model='virtio-scsi'/></devices>"
            + " | devices/controller[scsi:0]/@model: lsilogic -> virtio-scsi",
        "<metadata><m:a xmlns:m='u'>1</m:a></metadata> | <metadata><m:a xmlns:m='u'>2</m:a></metadata>"
            + " | metadata/m:a: changed, value not shown",
        "<metadata><a/><a>2</a></metadata> | <metadata><a/></metadata>"
            + " | metadata/a[2]: removed, value not shown",
        "<a>x&#10;y</a> | '' | a: x\\ny -> (removed)",
      })
  void differencesBetweenDefinitionsAreListed(String now, String then, String expected) {
    assertEquals(
        expected,
        changes(now, then).stream()
            .map(ConfigurationChange::toString)
            .collect(Collectors.joining("; ")));
  }

  @Test
  void domainTypeIsCompared() {
    assertEquals(
        "[@type: qemu -> kvm]",
        DefinitionDiff.of(
                XmlNode.parse("<domain type='qemu'/>"), XmlNode.parse("<domain type='kvm'/>"))
            .toString());
  }

  @ParameterizedTest
  @CsvSource({
    "devices/disk[vda]/source/@file, true",
    "devices/disk/source/@file, true",
    "devices/disk[vda]/backingStore/source/@file, true",
    "devices/disk[vda]/target/@dev, false",
    "devices/interface[a]/source/@bridge, false",
  })
  void diskImageChangesAreRecognized(String path, boolean image) {
    assertEquals(
        image,
        DefinitionDiff.isDiskImage(
            new ConfigurationChange(path, Optional.empty(), Optional.empty())));
  }

  @Test
  void longValueIsTruncated() {
    String shown = changes("<a>" + "x".repeat(9_000_000) + "</a>", "").get(0).toString();

    assertTrue(shown.endsWith("x... -> (removed)"), shown);
    assertTrue(shown.length() < 300, shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<metadata><x:login xmlns:x='u' token='%s'/></metadata>",
        "<metadata>%s</metadata>",
        "<description>the password is %s</description>",
        "<sysinfo type='fwcfg'><entry name='opt/password'>%s</entry></sysinfo>",
        "<sysinfo type='smbios'><oemStrings><entry>%s</entry></oemStrings></sysinfo>",
        "<os><cmdline>root=/dev/vda1 password=%s</cmdline></os>",
        "<os><initarg>%s</initarg></os>",
        "<os><initenv name='TOKEN'>%s</initenv></os>",
        "<q:commandline xmlns:q='u'><q:env name='TOKEN' value='%s'/></q:commandline>",
        "<q:commandline xmlns:q='u'><q:arg value='%s'/></q:commandline>",
        "<commandline/><commandline><arg value='%s'/></commandline>",
        "<devices><disk><source query='token=%s'/><target dev='vda'/></disk></devices>",
        "<devices><disk><source><cookies><cookie name='a'>%s</cookie></cookies></source></disk></devices>",
        "<devices><graphics type='spice' passwd='%s'/></devices>",
        "<launchSecurity type='sev'><session>%s</session></launchSecurity>"
      })
  void possibleSecretIsNotShown(String part) {
    List<ConfigurationChange> changes = changes(part.formatted("s3cret"), part.formatted("0ther"));

    ConfigurationChange change = Iterables.getOnlyElement(changes);
    assertEquals(change.path() + ": changed, value not shown", change.toString());
    assertTrue(change.now().orElseThrow().contains("s3cret"));
  }

  @Test
  void surrogatePairIsNotSplit() {
    String value = "x".repeat(196) + "\ud83d\ude00 and more";

    String line = new ConfigurationChange("title", Optional.of(value), Optional.empty()).toString();

    assertEquals("title: " + "x".repeat(196) + "... -> (removed)", line);
  }

  /** Otherwise, each of many parts would have a long path of its own. */
  @Test
  void elementWithLongPathIsOnePart() {
    int parts = 20_000;
    String longName = "n".repeat(parts);
    XmlNode hostile =
        XmlNode.parse(
            "<domain><"
                + longName
                + ">"
                + "<a>1</a>".repeat(parts)
                + "</"
                + longName
                + "></domain>");
    XmlNode now = XmlNode.parse("<domain/>");

    Allocation.assertAtMost(
        5_000, parts, () -> assertEquals(1, DefinitionDiff.of(now, hostile).size()));
  }
}
