package io.github.libvirtsnapshot.benchmark;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Compares listing snapshots with the same through the bare JNA interface, on the test driver. The
 * C and the Python program of this benchmark do the same.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SnapshotsBenchmark {
  private final LibvirtLibrary libvirt = NativeLibvirt.shared();
  private Connect connect;
  private Domain domain;
  private DomainPointer bareDomain;

  /** The number of snapshots, each of which is a child of the one before. */
  @Param({"100", "1000", "10000"})
  public int size;

  /** Creates the snapshots. */
  @Setup
  public void open() throws Exception {
    connect = new Connect("test:///default");
    domain = connect.domainLookupByName("test");
    for (int i = 0; i < size; i++) {
      domain
          .snapshotCreateXML("<domainsnapshot><name>snapshot-" + i + "</name></domainsnapshot>")
          .close();
    }
    bareDomain = new DomainPointer(domain.toNative());
  }

  /** Frees all handles. */
  @TearDown
  public void close() throws Exception {
    libvirt.virDomainFree(bareDomain);
    domain.close();
    connect.close();
  }

  /** Lists the handles, and closes them. */
  @Benchmark
  public int handles() throws Exception {
    int length = 0;
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      length += snapshot.getName().length();
      snapshot.close();
    }
    return length;
  }

  /** The tree, with names only. */
  @Benchmark
  public SnapshotTree names() throws Exception {
    return SnapshotTree.namesOf(domain);
  }

  /** The tree, with the details of each snapshot. */
  @Benchmark
  public SnapshotTree tree() throws Exception {
    return SnapshotTree.of(domain);
  }

  /** Reads the names, and those of the parents. */
  @Benchmark
  public int bareNames() {
    int length = 0;
    for (Pointer address : list()) {
      DomainSnapshotPointer snapshot = new DomainSnapshotPointer(address);
      length += libvirt.virDomainSnapshotGetName(snapshot).length();
      DomainSnapshotPointer parent = libvirt.virDomainSnapshotGetParent(snapshot, 0);
      if (parent != null) {
        length += libvirt.virDomainSnapshotGetName(parent).length();
        libvirt.virDomainSnapshotFree(parent);
      }
      libvirt.virDomainSnapshotFree(snapshot);
    }
    return length;
  }

  /** Reads the XML without parsing it. */
  @Benchmark
  public int bareXml() {
    int length = 0;
    for (Pointer address : list()) {
      DomainSnapshotPointer snapshot = new DomainSnapshotPointer(address);
      length += libvirt.virDomainSnapshotGetXMLDesc(snapshot, 0).value().length();
      libvirt.virDomainSnapshotFree(snapshot);
    }
    return length;
  }

  private Pointer[] list() {
    PointerArrayByReference array = new PointerArrayByReference();
    return array.take(libvirt.virDomainListAllSnapshots(bareDomain, array, 0));
  }
}
