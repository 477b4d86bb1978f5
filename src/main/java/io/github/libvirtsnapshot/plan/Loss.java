package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * Something that a revert would take away.
 *
 * @param kind what kind of thing it is
 * @param what what it is, in words, on one line
 */
public record Loss(Kind kind, String what) implements Serializable {
  /** No component may be null. */
  public Loss {
    checkNotNull(kind, "kind is null");
    checkNotNull(what, "what is null");
  }

  /** The kinds of things that a revert takes away. */
  public enum Kind {
    /** What the guest has in memory. */
    MEMORY,
    /** The connections to the guest's screen and serial console. */
    CONSOLES,
    /** What was written to the disks since the snapshot. */
    DISKS,
    /** The managed save image: it stays, but no longer fits the disks. */
    MANAGED_SAVE,
    /** An image file that libvirt deletes. */
    OVERLAYS,
    /** Another snapshot of the domain, an image of which is written to or deleted. */
    SNAPSHOTS,
    /** Another domain, an image of which is written to or deleted. */
    OTHER_DOMAINS
  }

  /** Returns what it is, in words. */
  @Override
  public String toString() {
    return LogEscaper.escapeMessage(what);
  }
}
