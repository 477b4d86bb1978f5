package io.github.libvirtsnapshot.jna;

import com.sun.jna.CallbackReference;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.PointerType;
import org.jspecify.annotations.Nullable;

/**
 * The structure {@code virConnectAuth}: the kinds of questions that a client can answer, and the
 * callback that answers them. The memory that it points to stays valid as long as this object is
 * reachable.
 */
public final class virConnectAuth extends PointerType {
  private static final long COUNT = Native.POINTER_SIZE;
  private static final long CALLBACK = 2L * Native.POINTER_SIZE;
  private static final long SIZE = 4L * Native.POINTER_SIZE;

  private final @Nullable Memory types;
  private final LibvirtLibrary.@Nullable VirConnectAuthCallback callback;

  /** For JNA: creates a null pointer. */
  public virConnectAuth() {
    types = null;
    callback = null;
  }

  /**
   * Creates the structure.
   *
   * @param types the kinds of questions that the callback can answer, at least one
   * @param callback the callback; libvirt calls it only during {@link
   *     LibvirtLibrary#virConnectOpenAuth}
   */
  public virConnectAuth(int[] types, LibvirtLibrary.VirConnectAuthCallback callback) {
    super(new Memory(SIZE));
    this.types = new Memory((long) types.length * Integer.BYTES);
    this.types.write(0, types, 0, types.length);
    this.callback = callback;
    Memory memory = (Memory) getPointer();
    memory.clear();
    memory.setPointer(0, this.types);
    memory.setInt(COUNT, types.length);
    memory.setPointer(CALLBACK, CallbackReference.getFunctionPointer(this.callback));
  }
}
