package io.github.libvirtsnapshot;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virDomainStatsRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The image files and block devices of a domain, as far as libvirt tells of all domains in one
 * call.
 *
 * @param name the name of the domain
 * @param uuid the UUID of the domain, with hyphens
 * @param active whether the domain is active
 * @param images the paths of the images of its disks, and of those that they are based on: all of
 *     those of an active domain, and of an inactive one those that its definition names
 * @param complete whether each disk has a path here. libvirt names none of a disk on the network,
 *     of an empty drive, and of an inactive domain's volume in a storage pool
 */
public record DomainImages(
    String name, String uuid, boolean active, Set<String> images, boolean complete) {
  /** VIR_DOMAIN_STATS_BLOCK. */
  private static final int BLOCK = 1 << 5;

  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING. */
  private static final int BACKING = 1 << 30;

  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT: of a busy guest, what is known without it. */
  private static final int NOWAIT = 1 << 29;

  /** Copies the set. */
  public DomainImages {
    images = Set.copyOf(images);
  }

  /** Asks libvirt about all domains. */
  static List<DomainImages> ofAll(NativeCalls calls, ConnectPointer connect)
      throws LibvirtException {
    return ask(
        calls,
        (library, list) ->
            library.virConnectGetAllDomainStats(connect, BLOCK, list, BACKING | NOWAIT),
        record -> DomainIdentity.of(calls, record.domain()));
  }

  /**
   * Asks libvirt about one domain.
   *
   * @return empty if it does not tell of this domain
   */
  static Optional<DomainImages> of(NativeCalls calls, DomainPointer domain, DomainIdentity identity)
      throws LibvirtException {
    Memory domains = new Memory(2L * Native.POINTER_SIZE);
    domains.setPointer(0, domain.getPointer());
    domains.setPointer(Native.POINTER_SIZE, Pointer.NULL);
    return ask(
            calls,
            (library, list) ->
                library.virDomainListGetStats(domains, BLOCK, list, BACKING | NOWAIT),
            record -> identity)
        .stream()
        .findFirst();
  }

  /** A function that makes a list of records. */
  private interface Stats {
    int call(LibvirtLibrary library, Pointer list);
  }

  /** Says whose record it is. */
  private interface Identification {
    DomainIdentity of(virDomainStatsRecord record) throws LibvirtException;
  }

  private static List<DomainImages> ask(
      NativeCalls calls, Stats stats, Identification identification) throws LibvirtException {
    Memory list = new Memory(Native.POINTER_SIZE);
    list.clear();
    int count = calls.nonNegative(library -> stats.call(library, list));
    Pointer records = list.getPointer(0);
    if (records == null) {
      return ImmutableList.of();
    }
    try {
      ImmutableList.Builder<DomainImages> all = ImmutableList.builder();
      for (virDomainStatsRecord record : virDomainStatsRecord.all(records, count)) {
        all.add(read(calls.library(), record, identification.of(record)));
      }
      return all.build();
    } finally {
      calls.library().virDomainStatsRecordListFree(records);
    }
  }

  private static DomainImages read(
      LibvirtLibrary library, virDomainStatsRecord record, DomainIdentity domain) {
    Optional<Integer> count = record.number("block.count");
    boolean complete = count.isPresent();
    ImmutableSet.Builder<String> images = ImmutableSet.builder();
    for (int i = 0; i < count.orElse(0); i++) {
      Optional<String> path = record.text("block." + i + ".path");
      path.ifPresent(images::add);
      complete &= path.isPresent();
    }
    return new DomainImages(
        domain.name(),
        domain.uuid(),
        Domain.id(library.virDomainGetID(record.domain())).isPresent(),
        images.build(),
        complete);
  }
}
