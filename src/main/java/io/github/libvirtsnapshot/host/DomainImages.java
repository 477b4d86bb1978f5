package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virDomainStatsRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The image files and block devices of an inactive domain, as far as libvirt returns them in one
 * call for all domains.
 *
 * @param name the name of the domain
 * @param uuid the UUID of the domain, with hyphens
 * @param images the paths of the images of the disks, and of the backing images that the definition
 *     names
 * @param complete whether each disk has a path here. libvirt returns no path for a network disk, an
 *     empty drive, and a volume in a storage pool
 */
public record DomainImages(String name, String uuid, Set<String> images, boolean complete) {
  private static final int UUID_LENGTH = 36;

  /** VIR_DOMAIN_STATS_BLOCK. */
  private static final int BLOCK = 1 << 5;

  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING. */
  private static final int BACKING = 1 << 30;

  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT: libvirt does not wait for a busy domain. */
  private static final int NOWAIT = 1 << 29;

  /**
   * VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE. For active domains, libvirt queries the process of
   * the guest, and a guest that is starting can end because of that query: seen on libvirt 9.0 with
   * QEMU 7.2.
   */
  private static final int INACTIVE = 1 << 1;

  private static final int FLAGS = INACTIVE | BACKING | NOWAIT;

  /** Creates a copy of the images; no component may be null. */
  public DomainImages {
    checkNotNull(name, "name is null");
    checkNotNull(uuid, "uuid is null");
    checkNotNull(images, "images is null");
    images = Set.copyOf(images);
  }

  /** Reads the images of all inactive domains. */
  static List<DomainImages> ofAll(Calls<LibvirtException> calls, ConnectPointer connect)
      throws LibvirtException {
    return ask(
        calls, (library, list) -> library.virConnectGetAllDomainStats(connect, BLOCK, list, FLAGS));
  }

  /**
   * Reads the images of one domain.
   *
   * @return the images; empty if the domain is active
   */
  static Optional<DomainImages> of(Calls<LibvirtException> calls, DomainPointer domain)
      throws LibvirtException {
    Memory domains = new Memory(2L * Native.POINTER_SIZE);
    domains.setPointer(0, domain.getPointer());
    domains.setPointer(Native.POINTER_SIZE, Pointer.NULL);
    return ask(calls, (library, list) -> library.virDomainListGetStats(domains, BLOCK, list, FLAGS))
        .stream()
        .findFirst();
  }

  /** A function of libvirt that returns a list of records. */
  private interface Stats {
    int call(LibvirtLibrary library, Pointer list);
  }

  private static List<DomainImages> ask(Calls<LibvirtException> calls, Stats stats)
      throws LibvirtException {
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
        all.add(read(calls, record));
      }
      return all.build();
    } finally {
      calls.library().virDomainStatsRecordListFree(records);
    }
  }

  private static DomainImages read(Calls<LibvirtException> calls, virDomainStatsRecord record)
      throws LibvirtException {
    Optional<Integer> count = record.number("block.count");
    ImmutableSet.Builder<String> images = ImmutableSet.builder();
    int found = 0;
    for (int i = 0; i < Math.min(count.orElse(0), record.values().size()); i++) {
      Optional<String> path = record.text("block." + i + ".path");
      if (path.isPresent()) {
        images.add(path.get());
        found++;
      }
    }
    boolean complete = count.equals(Optional.of(found));
    return new DomainImages(
        calls.nonNull(library -> library.virDomainGetName(record.domain())),
        uuid(calls, record.domain()),
        images.build(),
        complete);
  }

  private static String uuid(Calls<LibvirtException> calls, DomainPointer domain)
      throws LibvirtException {
    byte[] uuid = new byte[UUID_LENGTH + 1];
    int unused = calls.nonNegative(library -> library.virDomainGetUUIDString(domain, uuid));
    return new String(uuid, 0, UUID_LENGTH, StandardCharsets.US_ASCII);
  }

  /** Returns one line, as in {@code domain "web01" with 2 images}. */
  @Override
  public String toString() {
    return "domain "
        + LogEscaper.quote(name)
        + " with "
        + images.size()
        + " images"
        + (complete ? "" : ", not all");
  }
}
