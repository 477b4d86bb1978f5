package io.github.libvirtsnapshot.integration;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.libvirtjava.LibvirtJava;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.libvirt.DomainInfo;

/**
 * A program that uses libvirt-java and this library side by side, run by {@link BridgeIT} with
 * different releases of both sides. It ends with {@code BRIDGE OK}, or with an exception.
 */
public final class BridgeProbe {
  private static final String URI = "test:///default";
  private static final long PATIENCE_MILLIS = 30_000;

  private final LibvirtLibrary libvirt = NativeLibvirt.shared();
  private final org.libvirt.Connect theirConnect;
  private final org.libvirt.Domain theirDomain;

  private interface Closing {
    void close() throws Exception;
  }

  private BridgeProbe() throws Exception {
    theirConnect = new org.libvirt.Connect(URI);
    theirDomain = theirConnect.domainLookupByName("test");
    var unused = theirDomain.snapshotCreateXML(xml("clean"));
    unused = theirDomain.snapshotCreateXML(xml("child"));
  }

  private static String xml(String name) {
    return "<domainsnapshot><name>" + name + "</name></domainsnapshot>";
  }

  /**
   * Runs all checks: {@code BridgeProbe URI [events]}. The URI is that of a libvirtd's test driver;
   * with {@code events}, libvirt-java delivers events meanwhile.
   */
  public static void main(String[] args) throws Exception {
    if (args.length == 2) {
      try (LibvirtJavaEventLoop events = new LibvirtJavaEventLoop(URI)) {
        new BridgeProbe().run(args[0]);
        checkState(events.count() > 0, "no event arrived");
      }
    } else {
      new BridgeProbe().run(args[0]);
    }
    System.out.println("BRIDGE OK");
    System.exit(0);
  }

  /** Returns an additional native reference, which the caller releases last. */
  private static ConnectPointer hold(org.libvirt.Connect connect) throws LibvirtException {
    try (Connect ours = LibvirtJava.connect(connect)) {
      return new ConnectPointer(ours.toNative());
    }
  }

  private void run(String remoteUri) throws Exception {
    revertsTheirDomain();
    navigatesSnapshotTree();
    errorsStayApart();
    convertsHandlesToLibvirtJava();
    convertsExceptions();
    refusesFreedObjects();
    closesInAnyOrder();
    collectsInAnyOrder(remoteUri);
  }

  private void revertsTheirDomain() throws Exception {
    try (Domain domain = LibvirtJava.domain(theirDomain);
        DomainSnapshot snapshot = LibvirtJava.snapshot(theirDomain.snapshotLookupByName("clean"))) {
      checkState(domain.getUUIDString().equals(theirDomain.getUUIDString()));
      SnapshotReverter.of(domain).to("clean").paused().force().revert();
      checkState(theirDomain.getInfo().state == DomainInfo.DomainState.VIR_DOMAIN_PAUSED);
      theirDomain.destroy();
      SnapshotReverter.of(domain).to(snapshot).revert();
      checkState(theirDomain.getInfo().state == DomainInfo.DomainState.VIR_DOMAIN_RUNNING);
    }
  }

  private void navigatesSnapshotTree() throws Exception {
    try (DomainSnapshot child = LibvirtJava.snapshot(theirDomain.snapshotLookupByName("child"));
        DomainSnapshot parent = child.getParent().orElseThrow();
        Domain domain = child.getDomain()) {
      checkState(parent.getName().equals("clean"));
      checkState(parent.listChildrenNames().equals(List.of("child")));
      checkState(parent.isCurrent());
      checkState(domain.getName().equals(theirDomain.getName()));
    }
  }

  private void errorsStayApart() throws Exception {
    try (Domain domain = LibvirtJava.domain(theirDomain)) {
      for (int i = 0; i < 100; i++) {
        String name = "missing-" + i;
        try {
          var unused = theirDomain.snapshotLookupByName("their-" + name);
          throw new AssertionError();
        } catch (org.libvirt.LibvirtException e) {
          checkState(e.getError().getMessage().contains("'their-" + name + "'"), e.getError());
        }
        try {
          domain.snapshotLookupByName(name).close();
          throw new AssertionError();
        } catch (NoSuchSnapshotException e) {
          checkState(e.getError().getMessage().contains("'" + name + "'"), e);
        }
      }
    }
  }

  private void convertsHandlesToLibvirtJava() throws Exception {
    try (Connect connect = LibvirtJava.connect(theirConnect);
        Domain domain = connect.domainLookupByName("test");
        DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      org.libvirt.Connect connectAgain = LibvirtJava.toLibvirtJava(connect);
      org.libvirt.Domain domainAgain = LibvirtJava.toLibvirtJava(domain);
      org.libvirt.DomainSnapshot snapshotAgain = LibvirtJava.toLibvirtJava(snapshot);
      checkState(connectAgain.getURI().equals(URI));
      checkState(snapshotAgain.getXMLDesc().equals(snapshot.getXMLDesc()));
      domainAgain.destroy();
      checkState(domainAgain.revertToSnapshot(snapshotAgain) == 0);
      checkState(domainAgain.getConnect().getURI().equals(URI));
      checkState(domain.getState().state() == DomainState.RUNNING);
    }
  }

  private void convertsExceptions() throws Exception {
    try (Domain domain = LibvirtJava.domain(theirDomain)) {
      SnapshotReverter.of(domain).to("nowhere").revert();
      throw new AssertionError();
    } catch (RevertException e) {
      org.libvirt.LibvirtException theirs = LibvirtJava.toLibvirtJava(e);
      checkState(theirs.getMessage().equals(e.getMessage()), theirs.getMessage());
      checkState(theirs.getCause() == e);
      checkState(theirs.getError().getCode() == theirOwnCode(), theirs.getError());
      checkState(e.getError().getCode() == ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT);
    }
  }

  /** Returns libvirt-java's own code for the same error; it depends on the release. */
  private org.libvirt.Error.ErrorNumber theirOwnCode() {
    try {
      throw new AssertionError(theirDomain.snapshotLookupByName("nowhere"));
    } catch (org.libvirt.LibvirtException e) {
      return e.getError().getCode();
    }
  }

  private void refusesFreedObjects() throws Exception {
    org.libvirt.Domain freed = theirConnect.domainLookupByName("test");
    checkState(freed.free() >= 0);
    try {
      LibvirtJava.domain(freed).close();
      throw new AssertionError();
    } catch (IllegalStateException e) {
      checkState(e.getMessage().equals("org.libvirt.Domain was closed or freed already"), e);
    }
  }

  /** Opens six objects on one native connection, and returns an action that closes each. */
  private static List<Closing> open(org.libvirt.Connect connect, String snapshotName)
      throws Exception {
    org.libvirt.Domain domain = connect.domainLookupByName("test");
    org.libvirt.DomainSnapshot snapshot = domain.snapshotLookupByName(snapshotName);
    Connect ourConnect = LibvirtJava.connect(connect);
    Domain ourDomain = LibvirtJava.domain(domain);
    DomainSnapshot ourSnapshot = LibvirtJava.snapshot(snapshot);
    return ImmutableList.of(
        connect::close,
        domain::free,
        snapshot::free,
        ourConnect::close,
        () -> {
          checkState(ourDomain.isPersistent());
          ourDomain.close();
        },
        () -> {
          checkState(ourSnapshot.getXMLDesc().contains(snapshotName));
          ourSnapshot.close();
        });
  }

  /** virConnectClose returns 0 for the last reference to a connection; a domain also holds one. */
  private void closesInAnyOrder() throws Exception {
    List<Integer> all = List.of(0, 1, 2, 3, 4, 5);
    for (List<Integer> order : Collections2.permutations(all)) {
      org.libvirt.Connect connect = new org.libvirt.Connect(URI);
      ConnectPointer held = hold(connect);
      List<Closing> objects = open(connect, "clean");
      for (int index : order) {
        objects.get(index).close();
      }
      checkState(libvirt.virConnectClose(held) == 0, "references left after %s", order);
    }
  }

  /** A connection to a libvirtd keeps a socket open until its last native reference is released. */
  private static void collectsInAnyOrder(String remoteUri) throws Exception {
    Random random = new Random(1);
    String snapshot = "probe-" + ProcessHandle.current().pid();
    org.libvirt.Connect keeper = new org.libvirt.Connect(remoteUri);
    var unused = keeper.domainLookupByName("test").snapshotCreateXML(xml(snapshot));
    long before = sockets();
    for (int i = 0; i < 50; i++) {
      openAndDropSome(remoteUri, snapshot, random);
    }
    checkState(sockets() > before, "no connection was dropped");
    long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (sockets() > before) {
      checkState(
          System.currentTimeMillis() < deadline, "%s sockets are still open", sockets() - before);
      System.gc();
      Thread.sleep(20);
    }
    checkState(keeper.close() >= 0);
  }

  private static void openAndDropSome(String uri, String snapshot, Random random) throws Exception {
    for (Closing closing : open(new org.libvirt.Connect(uri), snapshot)) {
      if (random.nextBoolean()) {
        closing.close();
      }
    }
  }

  private static long sockets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(BridgeProbe::isSocket).count();
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }
}
