package io.github.libvirtsnapshot.images;

import java.util.List;

/**
 * Another domain of the host, which may have the same images.
 *
 * @param name its name
 * @param active whether it has a process, which holds its images open
 * @param disks its disks
 */
public record OtherDomain(String name, boolean active, List<Disk> disks) {}
