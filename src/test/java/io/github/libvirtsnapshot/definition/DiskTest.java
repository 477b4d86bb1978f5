package io.github.libvirtsnapshot.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskTest {
  private static Disk disk(String content) {
    return Disk.of(
            XmlNode.parse("<domain><devices><disk>" + content + "</disk></devices></domain>"))
        .get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<source file='/srv/web01.qcow2'/>            | /srv/web01.qcow2",
        "<source dev='/dev/vg/web01'/>                | /dev/vg/web01",
        "<source dir='/srv/media'/>                   | /srv/media",
        "<source pool='fast' volume='web01.qcow2'/>   | fast/web01.qcow2",
        "<source pool='slow' volume='web01.qcow2'/>   | slow/web01.qcow2",
        "<source protocol='nbd' name='a'><host name='h' port='10809'/></source> | nbd://h:10809/a",
        "<source protocol='nbd'><host transport='unix' socket='/run/n'/></source> | nbd:///run/n/",
        "<source protocol='rbd' name='vms/a'><host name='m1'/><host name='m2'/></source>"
            + " | rbd://m1,m2/vms/a",
        "<source protocol='https' name='/a.iso'><host name='h'/></source> | https://h/a.iso",
        "<source type='pci' namespace='1'><address domain='0x0' bus='0x1' slot='0x2'"
            + " function='0x3'/></source> | nvme://0x0:0x1:0x2:0x3/1",
        "<source type='unix' path='/run/vhost.sock'/> | /run/vhost.sock",
        "<source startupPolicy='optional'/>           | ''",
        "''                                           | ''",
      })
  void imageNameIsUnique(String source, String expected) {
    assertEquals(expected, disk(source).image());
  }

  @Test
  void networkDiskWithoutNameIsWritable() {
    assertTrue(disk("<source protocol='nbd'><host name='h'/></source>").isWritable());
    assertFalse(disk("").isWritable());
  }

  @Test
  void backingImagesHaveTheSameNames() {
    assertEquals(
        List.of("fast/base", "nbd://h/base"),
        disk("<source file='/i'/><backingStore><source pool='fast' volume='base'/><backingStore>"
                + "<source protocol='nbd' name='base'><host name='h'/></source>"
                + "</backingStore></backingStore>")
            .beneath());
  }
}
