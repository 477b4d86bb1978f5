package io.github.libvirtsnapshot;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.ArrayList;
import java.util.List;

/** Creates arrays of {@code virTypedParameter} and statistics records, as libvirt does. */
public final class TypedParameters {
  private static final int TYPE = 80;
  private static final int VALUE = 88;
  private static final int SIZE = 96;
  private static final int INT = 1;
  private static final int UINT = 2;
  private static final int STRING = 7;

  private record Parameter(String name, int type, Object value) {}

  private final List<Parameter> parameters = new ArrayList<>();

  /**
   * The memory that the array and the record point to; it must stay reachable as long as they do.
   */
  private final List<Memory> kept = new ArrayList<>();

  /** Adds a signed number. */
  public TypedParameters number(String name, int value) {
    parameters.add(new Parameter(name, INT, value));
    return this;
  }

  /** Adds an unsigned number. */
  public TypedParameters unsigned(String name, int value) {
    parameters.add(new Parameter(name, UINT, value));
    return this;
  }

  /** Adds a text, which may be null. */
  public TypedParameters text(String name, String value) {
    parameters.add(new Parameter(name, STRING, value));
    return this;
  }

  /** Creates the array. */
  public Pointer array() {
    Memory array = memory(Math.max(1, parameters.size()) * SIZE);
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Pointer element = array.share((long) i * SIZE);
      element.setString(0, parameter.name, LibvirtLibrary.ENCODING);
      element.setInt(TYPE, parameter.type);
      if (parameter.value == null) {
        element.setPointer(VALUE, null);
      } else if (parameter.value instanceof String value) {
        Memory chars = memory(value.length() * 4 + 1);
        chars.setString(0, value, LibvirtLibrary.ENCODING);
        element.setPointer(VALUE, chars);
      } else {
        element.setInt(VALUE, (int) parameter.value);
      }
    }
    return array;
  }

  /** Creates the statistics record of a domain. */
  public Pointer record(DomainPointer domain) {
    Memory record = memory(3 * Native.POINTER_SIZE);
    record.setPointer(0, domain.getPointer());
    record.setPointer(Native.POINTER_SIZE, array());
    record.setInt(2L * Native.POINTER_SIZE, parameters.size());
    return record;
  }

  private Memory memory(int size) {
    Memory memory = new Memory(size);
    memory.clear();
    kept.add(memory);
    return memory;
  }

  /** Changes the number with this name in the first record of a list. */
  public static void change(Pointer list, String name, int value) {
    Pointer record = list.getPointer(0);
    Pointer array = record.getPointer(Native.POINTER_SIZE);
    for (int i = 0; i < record.getInt(2L * Native.POINTER_SIZE); i++) {
      Pointer element = array.share((long) i * SIZE);
      if (element.getString(0, LibvirtLibrary.ENCODING).equals(name)) {
        element.setInt(VALUE, value);
      }
    }
  }
}
