package io.github.libvirtsnapshot.archive;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The changes that {@link SnapshotArchive#restoreTo} would make to a domain.
 *
 * @param domain the name of the domain
 * @param toAdd the names of the snapshots that the method adds, each after its parent
 * @param present the names of the snapshots of the archive that the domain already has, with the
 *     same time, state, parent, description, disks, images and memory; they are left as they are
 * @param others the names of the domain's snapshots that are not in the archive
 * @param current the name of the snapshot that becomes the current one; empty if the archive has no
 *     current snapshot, or the domain already has one
 * @param refusals the reasons why nothing is done, each with the way out, on one line; empty if the
 *     snapshots can be added
 * @param unknowns what could not be found out, such as whether an image exists
 */
public record ArchivePlan(
    String domain,
    List<String> toAdd,
    List<String> present,
    List<String> others,
    Optional<String> current,
    List<String> refusals,
    List<String> unknowns)
    implements Serializable {
  /** Copies the lists. No component may be null. */
  public ArchivePlan {
    checkNotNull(domain, "domain is null");
    toAdd = List.copyOf(checkNotNull(toAdd, "toAdd is null"));
    present = List.copyOf(checkNotNull(present, "present is null"));
    others = List.copyOf(checkNotNull(others, "others is null"));
    checkNotNull(current, "current is null");
    refusals = List.copyOf(checkNotNull(refusals, "refusals is null"));
    unknowns = List.copyOf(checkNotNull(unknowns, "unknowns is null"));
  }

  /**
   * Returns a human-readable text. Names are in quotation marks, with control characters escaped.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("restore snapshots of domain ");
    text.append(LogEscaper.quote(domain));
    append(text, "to add", quoted(toAdd));
    append(text, "present", quoted(present));
    append(text, "others", quoted(others));
    append(text, "becomes current", quoted(current.stream().toList()));
    append(text, "refusals", refusals);
    append(text, "unknowns", unknowns);
    return text.toString();
  }

  private static void append(StringBuilder text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.append('\n').append(title).append(":");
      lines.forEach(line -> text.append("\n  ").append(LogEscaper.escapeMessage(line)));
    }
  }

  private static List<String> quoted(List<String> names) {
    return names.stream().map(LogEscaper::quote).collect(Collectors.toUnmodifiableList());
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
