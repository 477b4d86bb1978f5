package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.FakeLibvirt;
import io.github.libvirtsnapshot.FaultyLibvirt.Fault;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** On a fake of QEMU's driver. */
class CallFailureSweepTest extends CallFailureSweep {
  static Stream<Arguments> cells() {
    return cells(EnumSet.allOf(Scenario.class));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void whatIsToldIsTrue(Scenario scenario, Fault fault) throws Exception {
    holdAll(scenario, fault);
  }

  @Override
  World world(Scenario scenario) {
    FakeLibvirt libvirt = new FakeLibvirt(scenario != Scenario.TRANSIENT_KEPT_SAFE_AND_FAILING);
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
    public boolean exists() {
      return libvirt.exists();
    }

    @Override
    public void remove() {
      libvirt.remove();
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
