package durable;

/**
 * A domain to revert.
 *
 * @param uri the host, as in {@code qemu+tls://host1/system}
 * @param domain its name
 */
public record Guest(String uri, String domain) {}
