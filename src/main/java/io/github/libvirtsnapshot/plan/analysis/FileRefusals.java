package io.github.libvirtsnapshot.plan.analysis;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.facts.SnapshotFiles;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Collection;
import java.util.List;

/** The reasons why libvirt cannot create the files of a snapshot, each with the way out. */
final class FileRefusals {
  /** The longest name of a file, in bytes, on the file systems of Linux. */
  private static final int MAX_BYTES = 255;

  private FileRefusals() {}

  /**
   * Returns the reasons.
   *
   * @param files what is known about the files of the snapshot
   */
  static List<String> of(SnapshotDescription snapshot, SnapshotFiles files) {
    ImmutableList.Builder<String> refusals = ImmutableList.builder();
    owners(snapshot)
        .asMap()
        .forEach(
            (file, owners) -> {
              if (files.exists(file)) {
                refusals.add(existing(file));
              }
              if (owners.size() > 1) {
                refusals.add(shared(file, owners));
              }
              int bytes = ImageName.fileName(file).getBytes(UTF_8).length;
              if (bytes > MAX_BYTES) {
                refusals.add(tooLong(file, bytes));
              }
            });
    return refusals.build();
  }

  private static SetMultimap<String, String> owners(SnapshotDescription snapshot) {
    SetMultimap<String, String> owners = LinkedHashMultimap.create();
    snapshot.details().memory().file().ifPresent(file -> owners.put(file, "the memory"));
    snapshot
        .overlays()
        .forEach((target, file) -> owners.put(file, "disk " + LogEscaper.escape(target)));
    return owners;
  }

  private static String existing(String file) {
    return "the file "
        + LogEscaper.quote(file)
        + ", which libvirt would create, exists already; choose another name, or remove the file if"
        + " nothing needs it";
  }

  private static String shared(String file, Collection<String> owners) {
    return String.join(" and ", owners)
        + " would get the same file "
        + LogEscaper.quote(file)
        + "; rename one of their images, or leave one of them out (leavingOut(...))";
  }

  private static String tooLong(String file, int bytes) {
    return "the name of the file "
        + LogEscaper.quote(file)
        + ", which libvirt would create, has "
        + bytes
        + " bytes in UTF-8, and a file system allows "
        + MAX_BYTES
        + "; choose a shorter name";
  }
}
