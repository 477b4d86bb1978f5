package io.github.libvirtsnapshot.host;

/**
 * The size of a disk, in bytes.
 *
 * @param capacity the size that the guest sees
 * @param allocation the size that the image occupies on the host
 */
public record DiskSize(long capacity, long allocation) {}
