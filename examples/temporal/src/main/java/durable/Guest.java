package durable;

/**
 * A domain to revert.
 *
 * @param uri the host, as in {@code qemu+tls://host1/system}
 * @param domain its name
 */
public record Guest(String uri, String domain) {
  public Guest {
    if (uri == null || uri.isEmpty() || domain == null || domain.isEmpty()) {
      throw new IllegalArgumentException("a guest needs a URI and the name of a domain");
    }
  }

  /** Returns one line, without the secrets of the URI. */
  @Override
  public String toString() {
    return SafeText.uri(uri) + " " + SafeText.name(domain);
  }
}
