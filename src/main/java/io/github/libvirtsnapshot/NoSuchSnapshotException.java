package io.github.libvirtsnapshot;

/** There is no such snapshot, or there is no longer ({@code VIR_ERR_NO_DOMAIN_SNAPSHOT}). */
public final class NoSuchSnapshotException extends LibvirtException {
  private static final long serialVersionUID = 1;

  NoSuchSnapshotException(LibvirtError error) {
    super(error);
  }
}
