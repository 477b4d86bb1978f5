package io.github.libvirtsnapshot;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    E[] constants = type.getEnumConstants();
    int unnamed = flags & ~bits(constants);
    String described =
        Stream.concat(
                Arrays.stream(constants)
                    .filter(flag -> (flags & flag.value()) != 0)
                    .map(Enum::name),
                Stream.of(unnamed)
                    .filter(bits -> bits != 0)
                    .map(bits -> String.format("0x%x", bits)))
            .collect(Collectors.joining("|"));
    return described.isEmpty() ? "none" : described;
  }
}
