package io.github.libvirtsnapshot.host;

/** Over which folders the library may create a {@link TransientPool} to read an image. */
public enum PoolCreation {
  /** The library creates no pool, and reads only the images that a pool knows. */
  NEVER,

  /**
   * Over folders of active pools, to read the images that these pools do not know yet. The pool of
   * the folder stays as it is.
   */
  IN_FOLDERS_OF_POOLS,

  /** Over each folder in which no pool knows the image. */
  IN_ALL_FOLDERS
}
