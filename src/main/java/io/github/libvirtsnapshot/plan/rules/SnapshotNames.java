package io.github.libvirtsnapshot.plan.rules;

import com.google.common.base.CharMatcher;
import java.util.regex.Pattern;

/** The names of snapshots, as libvirt and QEMU use them. */
public final class SnapshotNames {
  private static final CharMatcher CHANGED_BY_MONITOR = CharMatcher.anyOf("\"\\");

  private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9._-]+");

  private SnapshotNames() {}

  /**
   * Returns whether QEMU can load the memory of a snapshot of this name. From 10.10 on, libvirt
   * names a job of QEMU after the snapshot.
   */
  public static boolean isJobId(String name) {
    return JOB_ID.matcher(name).matches();
  }

  /**
   * Returns whether QEMU takes a snapshot of the memory under this name. Before 10.10, libvirt
   * writes the name unescaped into a command of QEMU's monitor.
   */
  public static boolean isKeptByMonitor(String name) {
    return CHANGED_BY_MONITOR.matchesNoneOf(name);
  }
}
