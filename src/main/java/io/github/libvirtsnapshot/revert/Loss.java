package io.github.libvirtsnapshot.revert;

/**
 * Something that a revert would take away.
 *
 * @param kind what kind of thing it is
 * @param what what it is, for a person
 */
public record Loss(Kind kind, String what) {
  /** What kinds of things a revert takes away. */
  public enum Kind {
    /** What the guest has in memory. */
    MEMORY,
    /** The connections of those who look at the guest's screen or serial console. */
    CONSOLES,
    /** What was written to the disks since the snapshot. */
    DISKS,
    /** Changes of the configuration since the snapshot. */
    CONFIGURATION,
    /** The managed save image: it stays, but no longer fits the disks. */
    MANAGED_SAVE,
    /** Image files that hold what was written since an external snapshot. */
    OVERLAYS
  }

  /** Returns the text for a person. */
  @Override
  public String toString() {
    return what;
  }
}
