package io.github.libvirtsnapshot.calls;

import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import java.nio.charset.StandardCharsets;

/**
 * The identity of a domain. It includes the connection, since two hosts can each have a domain with
 * the same UUID. libvirt stores all three values in the client.
 *
 * @param connection the connection that the domain was found on; only compared, never used to call
 *     libvirt
 */
public record DomainIdentity(ConnectPointer connection, String uuid, String name) {
  private static final int UUID_LENGTH = 36;

  /** Reads the identity of a domain. */
  public static <X extends Exception> DomainIdentity of(Calls<X> calls, DomainPointer domain)
      throws X {
    byte[] uuid = new byte[UUID_LENGTH + 1];
    calls.nonNegative(library -> library.virDomainGetUUIDString(domain, uuid));
    return new DomainIdentity(
        calls.connection(),
        new String(uuid, 0, UUID_LENGTH, StandardCharsets.US_ASCII),
        calls.nonNull(library -> library.virDomainGetName(domain)));
  }

  boolean sameDomainAs(DomainIdentity other) {
    return uuid.equals(other.uuid) && connection.equals(other.connection);
  }
}
