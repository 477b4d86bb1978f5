package io.github.libvirtsnapshot.plan.rules;

/** The versions of libvirt that changed what a revert does, as the numbers that libvirt has. */
public final class Versions {
  /** libvirt knows the flag RESET_NVRAM. */
  static final long RESET_NVRAM_SINCE = 8_001_000;

  /** libvirt reverts to external snapshots. */
  static final long EXTERNAL_SINCE = 9_007_000;

  /** From here on, libvirt reverts to a snapshot with memory through jobs of QEMU. */
  static final long SNAPSHOT_JOBS_SINCE = 10_010_000;

  /** The oldest libvirt that was seen to open the images itself before QEMU does. */
  static final long OPENS_FIRST_SINCE = 10_000_000;

  /**
   * The oldest libvirt that was seen to revert to external snapshots of the disks of a running
   * guest; 10.0 was seen not to.
   */
  static final long DISK_SNAPSHOT_SEEN = 11_003_000;

  /** The oldest libvirt that was seen to convert no NVRAM with RESET_NVRAM. */
  static final long CONVERSION_SEEN = 11_003_000;

  /** The oldest libvirt that was seen to convert no NVRAM at each start. */
  static final long CONVERSION_ALWAYS = 12_008_000;

  /** The oldest libvirt that external snapshots were seen to be reverted to and deleted on. */
  public static final long EXTERNAL_SEEN = 11_003_000;

  /** The oldest libvirt that was seen to take internal snapshots of guests with UEFI. */
  public static final long UEFI_SEEN = 11_003_000;

  private Versions() {}
}
