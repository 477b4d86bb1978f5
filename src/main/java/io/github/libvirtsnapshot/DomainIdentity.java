package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.nio.charset.StandardCharsets;

/**
 * What tells one domain from all others: hosts may each have a domain of the same UUID, so the
 * connection counts too. libvirt keeps all three in the client, where reading them can't fail.
 *
 * @param connection which connection it was found on; only compared, never used to call libvirt
 */
record DomainIdentity(ConnectPointer connection, String uuid, String name) {
  private static final int UUID_LENGTH = 36;

  static DomainIdentity of(LibvirtLibrary library, DomainPointer domain) {
    byte[] uuid = new byte[UUID_LENGTH + 1];
    library.virDomainGetUUIDString(domain, uuid);
    return new DomainIdentity(
        library.virDomainGetConnect(domain),
        new String(uuid, 0, UUID_LENGTH, StandardCharsets.US_ASCII),
        library.virDomainGetName(domain));
  }

  boolean sameDomainAs(DomainIdentity other) {
    return uuid.equals(other.uuid) && connection.equals(other.connection);
  }
}
