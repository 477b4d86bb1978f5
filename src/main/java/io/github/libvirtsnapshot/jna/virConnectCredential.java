package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virConnectCredential}: one question that a connection asks, and room for the answer. */
@FieldOrder({"type", "prompt", "challenge", "defresult", "result", "resultlen"})
public final class virConnectCredential extends Structure {
  /** A {@code virConnectCredentialType}. */
  public int type;

  /** The question, to be shown to the user. */
  public String prompt;

  /** Further information about the question, or null. */
  public String challenge;

  /** The answer that is used if none is given, or null. */
  public String defresult;

  /** The answer, in memory from C's malloc; libvirt frees it. */
  public Pointer result;

  /** The length of the answer in bytes. */
  public int resultlen;

  /** Reads the structure that libvirt passes to a callback. */
  public virConnectCredential(Pointer pointer) {
    super(pointer);
    setStringEncoding(LibvirtLibrary.ENCODING);
    read();
  }
}
