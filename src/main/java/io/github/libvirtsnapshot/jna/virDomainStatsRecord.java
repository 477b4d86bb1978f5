package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code virDomainStatsRecord}: what libvirt tells of one domain.
 *
 * @param domain the domain, whose reference is the record's
 * @param params an array of {@code virTypedParameter}, for {@link
 *     LibvirtLibrary#virTypedParamsGetInt}
 * @param nparams its length
 */
public record virDomainStatsRecord(DomainPointer domain, Pointer params, int nparams) {
  /**
   * Reads the first of a list.
   *
   * @param list from {@link LibvirtLibrary#virDomainListGetStats}, with at least one
   */
  public static virDomainStatsRecord first(Pointer list) {
    return at(list.getPointer(0));
  }

  /**
   * Reads all of a list.
   *
   * @param list from {@link LibvirtLibrary#virConnectGetAllDomainStats}
   * @param count how many there are
   */
  public static List<virDomainStatsRecord> all(Pointer list, int count) {
    return Stream.of(list.getPointerArray(0, count)).map(virDomainStatsRecord::at).toList();
  }

  private static virDomainStatsRecord at(Pointer record) {
    return new virDomainStatsRecord(
        new DomainPointer(record.getPointer(0)),
        record.getPointer(Native.POINTER_SIZE),
        record.getInt(2L * Native.POINTER_SIZE));
  }
}
