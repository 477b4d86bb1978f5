package io.github.libvirtsnapshot.jna;

import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The structure {@code virTypedParameter}: a value with a name. */
public final class virTypedParameter {
  private static final int NAME_LENGTH = 80;
  private static final int INT = 1;
  private static final int UINT = 2;
  private static final int STRING = 7;

  /** The value may be a double. 32-bit x86 aligns it to 4 bytes, except on Windows. */
  private static final int ALIGNMENT =
      Platform.isIntel() && !Platform.is64Bit() && !Platform.isWindows() ? 4 : 8;

  private static final int TYPE = NAME_LENGTH;
  private static final int VALUE = TYPE + Math.max(Integer.BYTES, ALIGNMENT);

  /** The size of an element of an array, in bytes. */
  public static final int SIZE = VALUE + Double.BYTES;

  private virTypedParameter() {}

  /**
   * Reads an array. The result contains 32-bit numbers as {@link Integer} and texts as {@link
   * String}, but no values of other types.
   *
   * @param parameters the address of the array
   * @param count the length of the array
   */
  public static Map<String, @Nullable Object> readAll(Pointer parameters, int count) {
    Map<String, @Nullable Object> values = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Pointer parameter = parameters.share((long) i * SIZE);
      switch (parameter.getInt(TYPE)) {
        case INT, UINT -> values.put(name(parameter), parameter.getInt(VALUE));
        case STRING -> values.put(name(parameter), CStrings.pointedTo(parameter, VALUE));
        default -> {}
      }
    }
    return values;
  }

  /**
   * Writes a number of 32 bits into an array, for a library that stands in for libvirt.
   *
   * @param parameters the address of the array
   * @param index the index of the element
   */
  public static void write(Pointer parameters, int index, String name, int value) {
    Pointer parameter = parameters.share((long) index * SIZE);
    parameter.setString(0, name, StandardCharsets.US_ASCII.name());
    parameter.setInt(TYPE, INT);
    parameter.setInt(VALUE, value);
  }

  private static String name(Pointer parameter) {
    return parameter.getString(0, StandardCharsets.US_ASCII.name());
  }
}
