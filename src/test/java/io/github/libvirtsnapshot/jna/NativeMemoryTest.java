package io.github.libvirtsnapshot.jna;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Tests values that are passed to and from C. The tests need no libvirt. */
class NativeMemoryTest {
  @Test
  void ownedStringIsCopied() {
    byte[] text = "snäpshot €\0".getBytes(StandardCharsets.UTF_8);
    Pointer memory = new Pointer(Native.malloc(text.length));
    memory.write(0, text, 0, text.length);

    OwnedString string = (OwnedString) new OwnedString().fromNative(memory, null);

    assertEquals("snäpshot €", string.value());
    assertNull(new OwnedString().fromNative(null, null));
    assertThrows(UnsupportedOperationException.class, string::toNative);
  }

  @Test
  void arrayIsReturnedOnlyOnce() {
    Pointer array = new Pointer(Native.malloc(2L * Native.POINTER_SIZE));
    array.setPointer(0, new Pointer(0x10));
    array.setPointer(Native.POINTER_SIZE, new Pointer(0x20));
    PointerArrayByReference reference = new PointerArrayByReference();
    reference.setValue(array);

    assertArrayEquals(new Pointer[] {new Pointer(0x10), new Pointer(0x20)}, reference.take(2));
    assertArrayEquals(new Pointer[0], reference.take(0));
  }
}
