package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The structure {@code virDomainStatsRecord}: the statistics of one domain.
 *
 * @param domain the domain; the record owns its reference
 * @param values the statistics by name, as read by {@link virTypedParameter#readAll}
 */
public record virDomainStatsRecord(DomainPointer domain, Map<String, @Nullable Object> values) {
  /**
   * Reads all records of a list.
   *
   * @param list the list, from {@link LibvirtLibrary#virConnectGetAllDomainStats} or {@link
   *     LibvirtLibrary#virDomainListGetStats}
   * @param count the number of records
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

  /** Returns the 32-bit number with this name, if there is one. */
  public Optional<Integer> number(String name) {
    return value(name, Integer.class);
  }

  /** Returns the text with this name, if there is one. */
  public Optional<String> text(String name) {
    return value(name, String.class);
  }

  /** The server decides on the type of a value, so the type is checked. */
  private <T> Optional<T> value(String name, Class<T> type) {
    return Optional.ofNullable(values.get(name)).filter(type::isInstance).map(type::cast);
  }
}
