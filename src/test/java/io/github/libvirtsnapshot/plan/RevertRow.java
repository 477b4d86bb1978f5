package io.github.libvirtsnapshot.plan;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A measured revert: a row of a table in {@code src/test/resources}, which has one table for each
 * version of libvirt. PlanIT creates the tables and compares them with reality.
 *
 * @param driver libvirt's name of the driver
 * @param kind the kind of snapshot
 * @param taken the state of the domain when the snapshot was taken, as in the snapshot's XML
 * @param memory whether the snapshot has memory
 * @param external whether the snapshot is external
 * @param before the state before the revert, with its reason
 * @param persistent whether the domain was persistent
 * @param managedSave whether the domain had a managed save image
 * @param flags the flags
 * @param code libvirt's error, 0 for none
 * @param after the state after the revert, with its reason
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

  /** Creates a row from the facts of a plan and the result of the revert. */
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

  /** Returns the rows for a version of libvirt; empty if there is no table. */
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

  /** Returns the facts before the revert. */
  public Facts facts(long libvirtVersion) {
    return PlanningContextBuilder.of(
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
