package io.github.libvirtsnapshot;

/**
 * The size of a disk.
 *
 * @param capacity what the guest sees, in bytes
 * @param allocation what the host has stored of it, in bytes
 * @param physical the size of its image, in bytes; 0 where libvirt does not know
 */
public record DomainBlockInfo(long capacity, long allocation, long physical) {}
