package io.github.libvirtsnapshot.jna;

/**
 * The most frequently called functions of {@link LibvirtLibrary}, in JNA's direct mapping.
 * Addresses are numbers and texts are bytes, since JNA would call back into Java to convert other
 * types.
 */
final class DirectMappedLibvirt {
  private DirectMappedLibvirt() {}

  static native long virConnectGetType(long connection);

  static native int virDomainRef(long domain);

  static native int virDomainFree(long domain);

  static native long virDomainGetConnect(long domain);

  static native int virDomainGetID(long domain);

  static native long virDomainGetXMLDesc(long domain, int flags);

  static native int virDomainGetState(long domain, int[] state, int[] reason, int flags);

  static native int virDomainHasManagedSaveImage(long domain, int flags);

  static native int virDomainListGetStats(long domains, int stats, long records, int flags);

  static native void virDomainStatsRecordListFree(long stats);

  static native int virDomainListAllSnapshots(long domain, long snapshots, int flags);

  static native long virDomainSnapshotGetName(long snapshot);

  static native long virDomainSnapshotGetXMLDesc(long snapshot, int flags);

  static native long virDomainSnapshotLookupByName(long domain, byte[] name, int flags);

  static native long virDomainSnapshotCurrent(long domain, int flags);

  static native long virDomainSnapshotGetParent(long snapshot, int flags);

  static native int virDomainSnapshotHasMetadata(long snapshot, int flags);

  static native int virDomainRevertToSnapshot(long snapshot, int flags);

  static native int virDomainSnapshotFree(long snapshot);
}
