package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * What the XML of a snapshot shows, for {@code DomainSnapshot.getXMLDesc}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainSnapshotXMLFlags">virDomainSnapshotXMLFlags</a>
 */
public enum SnapshotXmlFlag implements NativeConstant {
  /** Passwords and the like too; refused on a read-only connection. */
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
