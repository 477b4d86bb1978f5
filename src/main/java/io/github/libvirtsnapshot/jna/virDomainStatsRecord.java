package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code virDomainStatsRecord}: what libvirt tells of one domain.
 *
 * @param domain the domain, whose reference is the record's
 * @param values those that {@link virTypedParameter#readAll} reads, by name
 */
public record virDomainStatsRecord(DomainPointer domain, Map<String, Object> values) {
  /**
   * Reads all of a list.
   *
   * @param list from {@link LibvirtLibrary#virConnectGetAllDomainStats} or {@link
   *     LibvirtLibrary#virDomainListGetStats}
   * @param count how many there are
   */
  public static List<virDomainStatsRecord> all(Pointer list, int count) {
    return Stream.of(CArrays.read(list, count)).map(virDomainStatsRecord::at).toList();
  }

  private static virDomainStatsRecord at(Pointer record) {
    return new virDomainStatsRecord(
        new DomainPointer(record.getPointer(0)),
        virTypedParameter.readAll(
            record.getPointer(Native.POINTER_SIZE), record.getInt(2L * Native.POINTER_SIZE)));
  }

  /** Returns a number of 32 bits, if there is one of this name. */
  public Optional<Integer> number(String name) {
    return value(name, Integer.class);
  }

  /** Returns a text, if there is one of this name. */
  public Optional<String> text(String name) {
    return value(name, String.class);
  }

  /** The type of a value is the server's choice. */
  private <T> Optional<T> value(String name, Class<T> type) {
    return Optional.ofNullable(values.get(name)).filter(type::isInstance).map(type::cast);
  }
}
