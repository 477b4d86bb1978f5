package io.github.libvirtsnapshot.definition;

/** What a revert does with the state of an element of a domain's definition. */
public enum Treatment {
  /** A snapshot includes the state, unless the snapshot excludes the disk or has no memory. */
  IN_SNAPSHOT("in the snapshot"),

  /** Only a snapshot with memory includes the state. */
  WITH_MEMORY("only in a snapshot with memory"),

  /** No snapshot includes the state, and a revert does not change it. */
  NEVER("in no snapshot"),

  /** No snapshot includes the state, and QEMU empties the file when it starts. */
  EMPTIED("emptied at each start"),

  /** No snapshot includes the state, and libvirt discards it when the guest stops. */
  DISCARDED("discarded at each stop"),

  /** The element names a resource of the host, which must exist when the guest starts. */
  HOST("a resource of the host"),

  /** The element has no state besides the definition and the guest's memory. */
  NO_STATE("no state"),

  /** The element passes arguments to the hypervisor that the library does not read. */
  UNREAD("unknown");

  private final String words;

  Treatment(String words) {
    this.words = words;
  }

  /** Returns the treatment in words, as in {@code in no snapshot}. */
  public String words() {
    return words;
  }
}
