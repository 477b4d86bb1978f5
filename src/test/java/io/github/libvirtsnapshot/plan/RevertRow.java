package io.github.libvirtsnapshot.plan;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.Scene;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One revert that really happened: a row of the tables in {@code src/test/resources}, one table for
 * each version of libvirt. PlanIT makes them and holds them against what happens now.
 *
 * @param driver libvirt's name of the driver
 * @param kind the kind of snapshot
 * @param taken the state of the domain when the snapshot was taken, in the words of its XML
 * @param memory whether the snapshot has memory
 * @param external whether the snapshot is external
 * @param before the state before, and the reason for it
 * @param persistent whether the domain was persistent
 * @param managedSave whether the domain had a managed save image
 * @param flags the flags
 * @param code libvirt's error, 0 for none
 * @param after the state afterwards, and the reason for it
 */
public record RevertRow(
    String driver,
    String kind,
    String taken,
    boolean memory,
    boolean external,
    StateReason before,
    boolean persistent,
    boolean managedSave,
    int flags,
    int code,
    StateReason after) {
  /** The first line of a table. */
  public static final String HEADER =
      "driver,kind,taken,memory,external,before,persistent,managedSave,flags,code,after";

  /** Makes a row of what was planned from and what came of it. */
  public static RevertRow of(
      String kind, SnapshotDetails snapshot, RevertPlan plan, int code, StateReason after) {
    DomainStatus before = plan.before();
    return new RevertRow(
        plan.driver(),
        kind,
        snapshot.state().orElseThrow().word(),
        snapshot.hasMemory(),
        snapshot.external(),
        before.reason(),
        before.persistent(),
        before.managedSave(),
        plan.request().flags(),
        code,
        after);
  }

  /** Reads the table of a version of libvirt; empty if there is none. */
  public static List<RevertRow> seenOn(String libvirt) {
    URL table = RevertRow.class.getResource("reverts-libvirt-" + libvirt + ".csv");
    if (table == null) {
      return List.of();
    }
    try {
      return Resources.readLines(table, StandardCharsets.UTF_8).stream()
          .skip(1)
          .map(RevertRow::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RevertRow parse(String line) {
    List<String> fields = Splitter.on(',').splitToList(line);
    return new RevertRow(
        fields.get(0),
        fields.get(1),
        fields.get(2),
        Boolean.parseBoolean(fields.get(3)),
        Boolean.parseBoolean(fields.get(4)),
        StateReason.valueOf(fields.get(5)),
        Boolean.parseBoolean(fields.get(6)),
        Boolean.parseBoolean(fields.get(7)),
        Integer.parseInt(fields.get(8)),
        Integer.parseInt(fields.get(9)),
        StateReason.valueOf(fields.get(10)));
  }

  /** Returns the facts that the row is about. */
  public Facts facts(long libvirtVersion) {
    return Scene.of(
        new HypervisorDriver(driver, libvirtVersion),
        new DomainStatus(
            StateAndReason.of(before), id(), Optional.of("snapshot"), persistent, managedSave),
        flags,
        snapshot(),
        kind.endsWith("_THEN_REDEFINED"));
  }

  private SnapshotDescription snapshot() {
    return SnapshotDescription.parse(
        "<domainsnapshot><name>snapshot</name><state>%s</state><memory snapshot='%s'/>"
                .formatted(taken, memory ? "internal" : "no")
            + "<disks><disk name='vda' snapshot='%s'/></disks><domain/></domainsnapshot>"
                .formatted(external ? "external" : "internal"));
  }

  private OptionalInt id() {
    return switch (before.state()) {
      case SHUTOFF, CRASHED -> OptionalInt.empty();
      default -> OptionalInt.of(1);
    };
  }

  /** Returns the line of the table. */
  @Override
  public String toString() {
    return Joiner.on(',')
        .join(
            driver,
            kind,
            taken,
            memory,
            external,
            before,
            persistent,
            managedSave,
            flags,
            code,
            after);
  }
}
