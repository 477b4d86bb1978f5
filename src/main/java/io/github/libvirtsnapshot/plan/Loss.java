package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * Data or connections that are lost if a domain is reverted.
 *
 * @param kind the kind of loss
 * @param what the human-readable description, on one line
 */
public record Loss(Kind kind, String what) implements Serializable {
  /** No component may be null. */
  public Loss {
    checkNotNull(kind, "kind is null");
    checkNotNull(what, "what is null");
  }

  /** The kinds of losses. */
  public enum Kind {
    /** The contents of the guest's memory. */
    MEMORY,
    /** The connections to the guest's screen and serial console. */
    CONSOLES,
    /** The data written to the disks since the snapshot. */
    DISKS,
    /** The contents of a file that QEMU empties when it starts, such as the log of a console. */
    FILES,
    /**
     * A device that only the running guest has, and not the persistent definition; or the state of
     * a device, such as a TPM or the NVRAM.
     */
    DEVICES,
    /** The managed save image: the file remains, but no longer fits the disks. */
    MANAGED_SAVE,
    /**
     * A checkpoint or a bitmap of a disk: no incremental backup can be based on it, because the
     * disk uses another image. libvirt keeps the checkpoint's metadata.
     */
    CHECKPOINTS,
    /** An image file that libvirt deletes. */
    OVERLAYS,
    /**
     * Another snapshot of the domain, because the revert writes to or deletes one of its images.
     */
    SNAPSHOTS,
    /** Another domain, because the revert writes to or deletes one of its images or its NVRAM. */
    OTHER_DOMAINS
  }

  /** Returns the description, with control characters escaped. */
  @Override
  public String toString() {
    return LogEscaper.escapeMessage(what);
  }
}
