package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.FakeLibvirt;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.List;

/** On a fake of QEMU's driver. */
class EachCallFailsTest extends EachCallFails {
  @Override
  World world(Scenario scenario) {
    FakeLibvirt libvirt = new FakeLibvirt(true);
    libvirt.addSnapshot(TARGET, scenario.takenIn);
    if (scenario.failing) {
      libvirt.failRevertsTo(TARGET);
    }
    if (scenario == Scenario.CORRECTED) {
      libvirt.ignoreFlags();
    }
    return new FakeWorld(libvirt);
  }

  private record FakeWorld(FakeLibvirt libvirt) implements World {
    @Override
    public LibvirtLibrary library() {
      return libvirt.library();
    }

    @Override
    public String uri() {
      return "fake:///";
    }

    @Override
    public String domain() {
      return FakeLibvirt.DOMAIN;
    }

    @Override
    public int state() {
      return libvirt.state();
    }

    @Override
    public List<String> snapshotNames() {
      return libvirt.snapshotNames();
    }

    @Override
    public List<String> reverts() {
      return libvirt.reverts();
    }

    @Override
    public void close() {}
  }
}
