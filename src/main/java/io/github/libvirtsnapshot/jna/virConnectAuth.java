package io.github.libvirtsnapshot.jna;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virConnectAuth}: which questions a client can answer, and the function that does. */
@FieldOrder({"credtype", "ncredtype", "cb", "cbdata"})
public final class virConnectAuth extends Structure {
  /** The kinds of questions, as an array of {@code virConnectCredentialType}. */
  public Pointer credtype;

  /** The length of {@link #credtype}. */
  public int ncredtype;

  /** What libvirt calls with its questions. */
  public LibvirtLibrary.VirConnectAuthCallback cb;

  /** Passed to the callback as it is. */
  public Pointer cbdata;

  /**
   * @param types the kinds of questions that the callback can answer, at least one
   * @param callback what libvirt calls, during {@link LibvirtLibrary#virConnectOpenAuth} only
   */
  public virConnectAuth(int[] types, LibvirtLibrary.VirConnectAuthCallback callback) {
    Memory memory = new Memory((long) types.length * Integer.BYTES);
    memory.write(0, types, 0, types.length);
    credtype = memory;
    ncredtype = types.length;
    cb = callback;
  }
}
