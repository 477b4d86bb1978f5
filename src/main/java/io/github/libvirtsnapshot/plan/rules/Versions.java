package io.github.libvirtsnapshot.plan.rules;

/** The versions of libvirt that changed the behavior of a revert, as libvirt's numbers. */
public final class Versions {
  /** The first libvirt that supports the flag RESET_NVRAM. */
  static final long RESET_NVRAM_SINCE = 8_001_000;

  /** The first libvirt that reverts to external snapshots. */
  public static final long EXTERNAL_SINCE = 9_007_000;

  /** The first libvirt that reverts to snapshots with memory through QEMU jobs. */
  public static final long SNAPSHOT_JOBS_SINCE = 10_010_000;

  /** The first libvirt that cannot start a guest with a long chain of overlays. */
  static final long SHORT_CHAINS_SINCE = 10_008_000;

  /** The first libvirt that can start a guest with a long chain of overlays again. */
  static final long LONG_CHAINS_SINCE = 12_000_000;

  /** The oldest libvirt observed to open the images itself before QEMU does. */
  static final long OPENS_FIRST_SINCE = 10_000_000;

  /**
   * The oldest libvirt observed to revert to external snapshots of only the disks of a running
   * guest. 10.0 was observed to refuse.
   */
  static final long DISK_SNAPSHOT_SEEN = 11_003_000;

  /** The oldest libvirt observed not to convert the NVRAM with RESET_NVRAM. */
  static final long CONVERSION_SEEN = 11_003_000;

  /** The oldest libvirt observed not to convert the NVRAM at each start. */
  static final long CONVERSION_ALWAYS = 12_008_000;

  /** The oldest libvirt observed to revert to external snapshots and to delete them. */
  public static final long EXTERNAL_SEEN = 11_003_000;

  /** The oldest libvirt observed to take internal snapshots of guests with UEFI. */
  public static final long UEFI_SEEN = 11_003_000;

  /**
   * The oldest libvirt observed to take an internal snapshot, and to merge an external one, of a
   * paused guest whose memory came from a file. 11.3 with QEMU 10.0 was observed to fail.
   */
  public static final long PAUSED_FROM_FILE_SEEN = 12_008_000;

  /**
   * The oldest libvirt observed to let QEMU and virtiofsd determine whether the memory of a guest
   * with a virtiofs folder can be saved. 9.0 was observed to refuse.
   */
  public static final long VIRTIOFS_SEEN = 11_003_000;

  private Versions() {}
}
