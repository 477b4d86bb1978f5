package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.FaultyLibvirt.Fault;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** On a fake of QEMU's driver. */
class CallFailureSweepTest extends CallFailureSweep {
  private static final String DOMAIN = "web01";

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
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain domain =
        scenario == Scenario.TRANSIENT_KEPT_SAFE_AND_FAILING
            ? libvirt.addTransientDomain(DOMAIN, DomainState.RUNNING)
            : libvirt.addDomain(DOMAIN, DomainState.RUNNING);
    DomainState takenIn = DomainState.of(scenario.takenIn);
    domain.addSnapshot(TARGET, takenIn);
    if (scenario.failing) {
      domain.failReverts(TARGET, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    }
    if (scenario == Scenario.CORRECTED) {
      domain.setStateAfterReverts(TARGET, takenIn);
    }
    return new FakeWorld(libvirt, domain);
  }

  private record FakeWorld(FakeLibvirt libvirt, FakeDomain fake) implements World {
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
      return DOMAIN;
    }

    @Override
    public int state() {
      return fake.state().value();
    }

    @Override
    public boolean exists() {
      return fake.exists();
    }

    @Override
    public void remove() {
      fake.remove();
    }

    @Override
    public List<String> snapshotNames() {
      return fake.snapshotNames();
    }

    @Override
    public List<String> reverts() {
      return fake.reverts();
    }

    @Override
    public void close() {}
  }
}
