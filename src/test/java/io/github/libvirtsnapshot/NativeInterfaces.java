package io.github.libvirtsnapshot;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.util.ArrayList;
import java.util.List;
import org.mockito.invocation.InvocationOnMock;
import org.mockito.stubbing.Answer;

/** Creates lists of {@code virDomainInterface}, as libvirt does. */
public final class NativeInterfaces implements Answer<Integer> {
  private final List<Pointer> interfaces = new ArrayList<>();

  /** The memory that the interfaces point to; it must stay reachable as long as they do. */
  private final List<Memory> kept = new ArrayList<>();

  private int more;

  /** Adds an interface. */
  public NativeInterfaces add(String name, String... addresses) {
    Memory found = memory(4 * Native.POINTER_SIZE);
    found.setPointer(0, text(name));
    found.setInt(2L * Native.POINTER_SIZE, addresses.length);
    Memory array = memory(Math.max(1, 3 * addresses.length) * Native.POINTER_SIZE);
    for (int i = 0; i < addresses.length; i++) {
      long element = 3L * i * Native.POINTER_SIZE;
      array.setPointer(element + Native.POINTER_SIZE, text(addresses[i]));
      array.setInt(element + 2L * Native.POINTER_SIZE, 24);
    }
    found.setPointer(3L * Native.POINTER_SIZE, array);
    interfaces.add(found);
    return this;
  }

  /** Lets libvirt count more interfaces than it lists. */
  public NativeInterfaces countMore(int uncounted) {
    more = uncounted;
    return this;
  }

  @Override
  public Integer answer(InvocationOnMock call) {
    return list(call.getArgument(1));
  }

  /** Writes the list to memory that the caller frees, and returns its length. */
  public int list(PointerArrayByReference list) {
    Pointer array = new Pointer(Native.malloc((interfaces.size() + 1L) * Native.POINTER_SIZE));
    for (int i = 0; i < interfaces.size(); i++) {
      array.setPointer((long) i * Native.POINTER_SIZE, interfaces.get(i));
    }
    array.setPointer((long) interfaces.size() * Native.POINTER_SIZE, null);
    list.setValue(array);
    return interfaces.size() + more;
  }

  private Memory text(String text) {
    Memory chars = memory(text.length() * 4 + 1);
    chars.setString(0, text, LibvirtLibrary.ENCODING);
    return chars;
  }

  private Memory memory(int size) {
    Memory memory = new Memory(size);
    memory.clear();
    kept.add(memory);
    return memory;
  }
}
