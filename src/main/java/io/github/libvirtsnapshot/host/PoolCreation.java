package io.github.libvirtsnapshot.host;

/** Over which folders the library may create a {@link TransientPool} to read an image. */
public enum PoolCreation {
  /** The library creates no pool, and reads only the images that a pool knows. */
  NEVER,

  /**
   * Over folders of active pools, to read the images that these pools do not know yet. The pool of
   * the folder stays as it is. On libvirt before 8.0, the library creates no pool: libvirt 7.0
   * crashes if an image in the folder names its backing image with a protocol, as in {@code json:}.
   */
  IN_FOLDERS_OF_POOLS,

  /** Over each folder in which no pool knows the image. */
  IN_ALL_FOLDERS;

  private static final long SAFE_SINCE = 8_000_000;

  /** Returns over which folders the library creates pools on a version of libvirt. */
  public PoolCreation onLibvirt(long version) {
    return this == IN_FOLDERS_OF_POOLS && version < SAFE_SINCE ? NEVER : this;
  }
}
