package io.github.libvirtsnapshot.jna;

import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;

/** Converts between libvirt's numbers and enum constants. */
public final class NativeConstants {
  private NativeConstants() {}

  /** Returns the constant with this number, or empty if the enum has none. */
  public static <E extends Enum<E> & NativeConstant> Optional<E> find(Class<E> type, int value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.value() == value)
        .findFirst();
  }

  /** Returns the combined bits of the flags. */
  public static int bits(NativeConstant... flags) {
    int bits = 0;
    for (NativeConstant flag : flags) {
      bits |= flag.value();
    }
    return bits;
  }

  /**
   * Returns the names of the flags that are set, as in {@code RUNNING|FORCE}. Bits without a name
   * are one hexadecimal number at the end; the text for 0 is {@code none}.
   */
  public static <E extends Enum<E> & NativeConstant> String describe(Class<E> type, int flags) {
    StringJoiner names = new StringJoiner("|").setEmptyValue("none");
    int unnamed = flags;
    for (E flag : type.getEnumConstants()) {
      if ((flags & flag.value()) != 0) {
        names.add(flag.name());
        unnamed &= ~flag.value();
      }
    }
    if (unnamed != 0) {
      names.add("0x" + Integer.toHexString(unnamed));
    }
    return names.toString();
  }
}
