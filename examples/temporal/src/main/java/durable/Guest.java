package durable;

/**
 * A domain to revert.
 *
 * @param uri the host, as in {@code qemu+tls://host1/system}
 * @param domain the name of the domain
 */
public record Guest(String uri, String domain) {
  public Guest {
    if (uri == null || uri.isEmpty() || domain == null || domain.isEmpty()) {
      throw new IllegalArgumentException("the URI or the name of a domain is missing");
    }
  }

  /** Returns the URI, without its secrets, and the name on one line. */
  @Override
  public String toString() {
    return SafeText.uri(uri) + " " + SafeText.name(domain);
  }
}
