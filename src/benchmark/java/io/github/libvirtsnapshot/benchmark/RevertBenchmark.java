package io.github.libvirtsnapshot.benchmark;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Compares a checked and reported revert with the bare libvirt call through the same JNA interface,
 * on the test driver, whose reverts take almost no time.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RevertBenchmark {
  private static final String URI = "test:///default";
  private static final int RUNNING = 1;

  private final LibvirtLibrary libvirt = NativeLibvirt.shared();
  private Connect connect;
  private Domain domain;
  private DomainSnapshot snapshot;
  private SnapshotReverter asTaken;
  private SnapshotReverter running;
  private ConnectPointer bareConnect;
  private DomainPointer bareDomain;
  private DomainSnapshotPointer bareSnapshot;

  /** Creates a snapshot of the test driver's running domain, and discards the log. */
  @Setup
  public void open() throws Exception {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.setLevel(Level.INFO);
    root.addHandler(new NullHandler());

    connect = new Connect(URI);
    domain = connect.domainLookupByName("test");
    snapshot = domain.snapshotCreateXML("<domainsnapshot><name>bench</name></domainsnapshot>");
    asTaken = SnapshotReverter.of(domain).to(snapshot);
    running = asTaken.running();
    bareConnect = libvirt.virConnectOpen(URI);
    bareDomain = libvirt.virDomainLookupByName(bareConnect, "test");
    bareSnapshot = libvirt.virDomainSnapshotLookupByName(bareDomain, "bench", 0);
  }

  /** Frees all handles. */
  @TearDown
  public void close() {
    libvirt.virDomainSnapshotFree(bareSnapshot);
    libvirt.virDomainFree(bareDomain);
    libvirt.virConnectClose(bareConnect);
    snapshot.close();
    domain.close();
    connect.close();
  }

  /** The baseline without flags. */
  @Benchmark
  public int bareAsTaken() {
    return libvirt.virDomainRevertToSnapshot(bareSnapshot, 0);
  }

  /** The baseline with RUNNING. */
  @Benchmark
  public int bareRunning() {
    return libvirt.virDomainRevertToSnapshot(bareSnapshot, RUNNING);
  }

  /** A revert to the state that the snapshot was taken in. */
  @Benchmark
  public RevertReport reverterAsTaken() throws Exception {
    return asTaken.revert();
  }

  /** A revert to the running state. */
  @Benchmark
  public RevertReport reverterRunning() throws Exception {
    return running.revert();
  }

  private static final class NullHandler extends Handler {
    @Override
    public void publish(LogRecord record) {}

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
