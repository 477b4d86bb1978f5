package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The structure {@code virDomainInterface}: a network interface of a guest, with its addresses. */
public final class virDomainInterface extends PointerType {
  private static final long HWADDR = Native.POINTER_SIZE;
  private static final long ADDRESS_COUNT = 2L * Native.POINTER_SIZE;
  private static final long ADDRESSES = 3L * Native.POINTER_SIZE;

  /** For JNA. */
  public virDomainInterface() {}

  /** Creates a typed pointer. */
  public virDomainInterface(Pointer address) {
    super(address);
  }

  /** Returns the name of the interface, or null. */
  public @Nullable String name() {
    return CStrings.pointedTo(getPointer(), 0);
  }

  /** Returns the hardware address, or null. */
  public @Nullable String hwaddr() {
    return CStrings.pointedTo(getPointer(), HWADDR);
  }

  /** Returns the addresses. */
  public List<virDomainIPAddress> addresses() {
    int count = getPointer().getInt(ADDRESS_COUNT);
    Pointer array = getPointer().getPointer(ADDRESSES);
    return array == null
        ? List.of()
        : IntStream.range(0, count).mapToObj(i -> virDomainIPAddress.of(array, i)).toList();
  }
}
