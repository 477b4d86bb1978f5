package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for the content of a snapshot's XML, in {@code DomainSnapshot.getXMLDesc}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotXMLFlags">virDomainSnapshotXMLFlags</a>
 */
public enum SnapshotXmlFlag implements NativeConstant {
  /** Include passwords and other secrets; libvirt refuses this on a read-only connection. */
  SECURE(1);

  private final int value;

  SnapshotXmlFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
