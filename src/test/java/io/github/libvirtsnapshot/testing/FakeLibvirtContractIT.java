package io.github.libvirtsnapshot.testing;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** On libvirt's test driver, whose state is private to a connection with a file of its own. */
class FakeLibvirtContractIT extends FakeLibvirtContract {
  private static final String NODE =
      """
      <node><domain type='test'>
        <name>%s</name><memory>65536</memory><os><type>hvm</type></os>
      </domain></node>
      """
          .formatted(DOMAIN);

  @TempDir Path folder;

  @Override
  Connect connect() throws LibvirtException {
    return new Connect("test://" + node());
  }

  private Path node() {
    try {
      return Files.writeString(folder.resolve("node.xml"), NODE);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  void remove(Domain removed) throws LibvirtException {
    removed.destroy();
    removed.undefine(DomainUndefineFlag.SNAPSHOTS_METADATA);
  }
}
