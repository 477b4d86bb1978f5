package io.github.libvirtsnapshot;

import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;

/** Between libvirt's numbers and the enums that name them. */
final class NativeConstants {
  private NativeConstants() {}

  static <E extends Enum<E> & NativeConstant> Optional<E> find(Class<E> type, int value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.value() == value)
        .findFirst();
  }

  static int bits(NativeConstant... flags) {
    int bits = 0;
    for (NativeConstant flag : flags) {
      bits |= flag.value();
    }
    return bits;
  }

  static <E extends Enum<E> & NativeConstant> String describe(Class<E> type, int flags) {
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
