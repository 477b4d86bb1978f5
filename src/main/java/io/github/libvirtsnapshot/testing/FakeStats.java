package io.github.libvirtsnapshot.testing;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.jna.virTypedParameter;

/**
 * A list of {@code virDomainStatsRecord} with the states of domains, in one block of native memory:
 * first the addresses of the records, then the records, then their parameters.
 */
final class FakeStats {
  private static final long RECORD = 3L * Native.POINTER_SIZE;
  private static final int PARAMETERS = 2;

  private final Pointer list;
  private final long records;
  private final long parameters;
  private int length;

  private FakeStats(int capacity) {
    records = (capacity + 1L) * Native.POINTER_SIZE;
    parameters = records + capacity * RECORD;
    long size = parameters + (long) capacity * PARAMETERS * virTypedParameter.SIZE;
    list = new Pointer(Native.malloc(size));
    list.clear(size);
  }

  /** Allocates a list for so many domains. */
  static FakeStats allocate(int capacity) {
    return new FakeStats(capacity);
  }

  void add(Pointer domain, StateReason reason) {
    Pointer values = list.share(parameters + (long) length * PARAMETERS * virTypedParameter.SIZE);
    virTypedParameter.write(values, 0, "state.state", reason.state().value());
    virTypedParameter.write(values, 1, "state.reason", reason.value());
    Pointer record = list.share(records + length * RECORD);
    record.setPointer(0, domain);
    record.setPointer(Native.POINTER_SIZE, values);
    record.setInt(2L * Native.POINTER_SIZE, PARAMETERS);
    list.setPointer((long) length * Native.POINTER_SIZE, record);
    length++;
  }

  /** Returns the list; {@code free()} frees all of it. */
  Pointer list() {
    return list;
  }
}
