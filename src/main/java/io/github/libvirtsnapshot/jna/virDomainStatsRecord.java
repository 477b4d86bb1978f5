package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

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
    Pointer record = list.getPointer(0);
    return new virDomainStatsRecord(
        new DomainPointer(record.getPointer(0)),
        record.getPointer(Native.POINTER_SIZE),
        record.getInt(2L * Native.POINTER_SIZE));
  }
}
