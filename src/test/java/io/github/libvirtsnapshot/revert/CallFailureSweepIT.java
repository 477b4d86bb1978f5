package io.github.libvirtsnapshot.revert;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.FaultyLibvirt.Fault;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the sweep on libvirt's test driver, and reads the actual state with native functions. */
@Tag("another-process")
class CallFailureSweepIT extends CallFailureSweep {
  private static final String URI = "test:///default";
  private static final String DOMAIN = "test";
  private static final int SNAPSHOTS_METADATA = DomainUndefineFlag.SNAPSHOTS_METADATA.value();

  static Stream<Arguments> scenariosAndFaults() {
    return scenariosAndFaults(
        EnumSet.complementOf(
            EnumSet.of(
                Scenario.TRANSIENT_SAFETY_SNAPSHOT_AND_FAILING,
                Scenario.AWAITING_GUEST,
                Scenario.ISOLATED)));
  }

  @ParameterizedTest
  @MethodSource("scenariosAndFaults")
  void reportedResultMatchesActualState(Scenario scenario, Fault fault) throws Exception {
    failEachCall(scenario, fault);
  }

  @Override
  ObservedLibvirt observe(Scenario scenario) {
    return new TestDriver(scenario);
  }

  /** The test driver, behind a proxy that records its reverts. */
  private static final class TestDriver implements ObservedLibvirt, InvocationHandler {
    private final LibvirtLibrary libvirt = NativeLibvirt.shared();
    private final ConnectPointer connect = libvirt.virConnectOpen(URI);
    private final DomainPointer domain = libvirt.virDomainLookupByName(connect, DOMAIN);
    private final List<String> reverts = new ArrayList<>();
    private final boolean failing;
    private boolean failed;

    TestDriver(Scenario scenario) {
      failing = scenario.failing;
      deleteSnapshots();
      setState(scenario.snapshotState);
      take(TARGET);
      setState(RUNNING);
      if (scenario.hasChild()) {
        take(CHILD);
      }
    }

    private void take(String snapshot) {
      libvirt.virDomainSnapshotFree(
          libvirt.virDomainSnapshotCreateXML(
              domain, "<domainsnapshot><name>" + snapshot + "</name></domainsnapshot>", 0));
    }

    private void setState(int wanted) {
      if (state() != SHUTOFF) {
        libvirt.virDomainDestroy(domain);
      }
      if (wanted != SHUTOFF) {
        libvirt.virDomainCreateWithFlags(domain, 0);
      }
      if (wanted == PAUSED) {
        libvirt.virDomainSuspend(domain);
      }
    }

    private void deleteSnapshots() {
      for (DomainSnapshotPointer snapshot : snapshots()) {
        libvirt.virDomainSnapshotDelete(snapshot, 0);
        libvirt.virDomainSnapshotFree(snapshot);
      }
    }

    private List<DomainSnapshotPointer> snapshots() {
      PointerArrayByReference array = new PointerArrayByReference();
      int count = libvirt.virDomainListAllSnapshots(domain, array, 0);
      List<DomainSnapshotPointer> snapshots = new ArrayList<>();
      for (Pointer snapshot : array.take(count)) {
        snapshots.add(new DomainSnapshotPointer(snapshot));
      }
      return snapshots;
    }

    @Override
    public LibvirtLibrary library() {
      return (LibvirtLibrary)
          Proxy.newProxyInstance(
              getClass().getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
      if (method.getName().equals("virGetLastError") && failed) {
        return FaultInjection.error(1, 10, "boom");
      }
      failed = false;
      if (method.getName().equals("virDomainRevertToSnapshot")) {
        String name = libvirt.virDomainSnapshotGetName((DomainSnapshotPointer) args[0]);
        reverts.add(name);
        if (failing && name.equals(TARGET)) {
          failed = true;
          return libvirt.virDomainDestroy(domain) - 1;
        }
      }
      try {
        return method.invoke(libvirt, args);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }

    @Override
    public String uri() {
      return URI;
    }

    @Override
    public String domain() {
      return DOMAIN;
    }

    @Override
    public int state() {
      int[] state = new int[1];
      libvirt.virDomainGetState(domain, state, new int[1], 0);
      return state[0];
    }

    @Override
    public boolean exists() {
      return libvirt.virDomainIsActive(domain) >= 0;
    }

    @Override
    public void remove() {
      libvirt.virDomainDestroy(domain);
      libvirt.virDomainUndefineFlags(domain, SNAPSHOTS_METADATA);
    }

    @Override
    public List<String> snapshotNames() {
      if (!exists()) {
        return List.of();
      }
      List<DomainSnapshotPointer> snapshots = snapshots();
      List<String> names = snapshots.stream().map(libvirt::virDomainSnapshotGetName).toList();
      snapshots.forEach(libvirt::virDomainSnapshotFree);
      return names;
    }

    @Override
    public List<String> reverts() {
      return List.copyOf(reverts);
    }

    @Override
    public void close() {
      libvirt.virDomainFree(domain);
      libvirt.virConnectClose(connect);
    }
  }
}
