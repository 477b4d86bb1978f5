package io.github.libvirtsnapshot.calls;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virDomainStatsRecord;
import java.util.List;
import java.util.Optional;

/**
 * The statistics that libvirt returns for a persistent domain in one call, as libvirt's numbers.
 *
 * @param state libvirt's number of the state
 * @param reason libvirt's number of the reason
 * @param id the number of the active domain, or -1
 */
public record DomainStats(int state, int reason, int id) {
  /** The offset of libvirt's list: after the domain and the null pointer that ends the domains. */
  private static final long LIST = 2L * Native.POINTER_SIZE;

  /** VIR_DOMAIN_STATS_STATE. */
  private static final int STATE = 1;

  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT. */
  private static final int PERSISTENT = 4;

  /**
   * Reads the statistics of a domain.
   *
   * @return the statistics; empty if the domain is transient or no longer exists, or the driver
   *     lacks this call
   */
  public static Optional<DomainStats> ofPersistent(LibvirtLibrary library, DomainPointer domain) {
    Pointer domains = new Pointer(Native.malloc(LIST + Native.POINTER_SIZE));
    try {
      domains.setPointer(0, domain.getPointer());
      domains.setPointer(Native.POINTER_SIZE, Pointer.NULL);
      domains.setPointer(LIST, Pointer.NULL);
      return ask(library, domains);
    } finally {
      Native.free(Pointer.nativeValue(domains));
    }
  }

  private static Optional<DomainStats> ask(LibvirtLibrary library, Pointer domains) {
    Pointer list = domains.share(LIST);
    int count = library.virDomainListGetStats(domains, STATE, list, PERSISTENT);
    Pointer records = list.getPointer(0);
    if (records == null) {
      return Optional.empty();
    }
    try {
      List<virDomainStatsRecord> all = virDomainStatsRecord.all(records, count);
      return all.size() == 1 ? read(library, all.get(0)) : Optional.empty();
    } finally {
      library.virDomainStatsRecordListFree(records);
    }
  }

  private static Optional<DomainStats> read(LibvirtLibrary library, virDomainStatsRecord record) {
    Optional<Integer> state = record.number("state.state");
    Optional<Integer> reason = record.number("state.reason");
    if (state.isEmpty() || reason.isEmpty()) {
      return Optional.empty();
    }
    int id = library.virDomainGetID(record.domain());
    return Optional.of(new DomainStats(state.get(), reason.get(), id));
  }
}
