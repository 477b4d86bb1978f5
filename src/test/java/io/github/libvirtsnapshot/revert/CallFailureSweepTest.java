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

/** Runs the sweep on a fake of QEMU's driver. */
class CallFailureSweepTest extends CallFailureSweep {
  private static final String DOMAIN = "web01";

  static Stream<Arguments> scenariosAndFaults() {
    return scenariosAndFaults(EnumSet.allOf(Scenario.class));
  }

  @ParameterizedTest
  @MethodSource("scenariosAndFaults")
  void reportedResultMatchesActualState(Scenario scenario, Fault fault) throws Exception {
    failEachCall(scenario, fault);
  }

  @Override
  ObservedLibvirt observe(Scenario scenario) {
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain domain =
        scenario == Scenario.TRANSIENT_SAFETY_SNAPSHOT_AND_FAILING
            ? libvirt.addTransientDomain(DOMAIN, DomainState.RUNNING)
            : libvirt.addDomain(DOMAIN, DomainState.RUNNING);
    DomainState snapshotState = DomainState.of(scenario.snapshotState);
    domain.addSnapshot(TARGET, snapshotState);
    if (scenario.hasChild()) {
      domain.addSnapshot(CHILD, DomainState.RUNNING);
    }
    if (scenario.failing) {
      domain.failReverts(TARGET, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    }
    if (scenario == Scenario.ENFORCING_STATE) {
      domain.setStateAfterReverts(TARGET, snapshotState);
    }
    return new ObservedFake(libvirt, domain);
  }

  private record ObservedFake(FakeLibvirt libvirt, FakeDomain fake) implements ObservedLibvirt {
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
