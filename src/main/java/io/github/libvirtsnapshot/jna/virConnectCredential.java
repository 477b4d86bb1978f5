package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * {@code virConnectCredential}: one question that a connection asks, and room for the answer.
 *
 * @param memory where libvirt has it
 */
public record virConnectCredential(Pointer memory) {
  private static final long PROMPT = Native.POINTER_SIZE;
  private static final long CHALLENGE = 2L * Native.POINTER_SIZE;
  private static final long DEFAULT_RESULT = 3L * Native.POINTER_SIZE;
  private static final long RESULT = 4L * Native.POINTER_SIZE;
  private static final long RESULT_LENGTH = 5L * Native.POINTER_SIZE;

  /** How far it is from one to the next in an array, in bytes. */
  public static final long SIZE = 6L * Native.POINTER_SIZE;

  /**
   * Returns an element of the array that libvirt passes to a callback.
   *
   * @param index from 0
   */
  public static virConnectCredential of(Pointer array, int index) {
    return new virConnectCredential(array.share(index * SIZE, SIZE));
  }

  /** Returns a {@code virConnectCredentialType}. */
  public int type() {
    return memory.getInt(0);
  }

  /** Returns the question, to be shown to the user. */
  public String prompt() {
    return CStrings.pointedTo(memory, PROMPT);
  }

  /** Returns further information about the question, or null. */
  public String challenge() {
    return CStrings.pointedTo(memory, CHALLENGE);
  }

  /** Returns the answer that is used if none is given, or null. */
  public String defresult() {
    return CStrings.pointedTo(memory, DEFAULT_RESULT);
  }

  /**
   * Writes the answer.
   *
   * @param result the answer, in memory from C's malloc; libvirt frees it
   * @param length its length in bytes
   */
  public void setResult(Pointer result, int length) {
    memory.setPointer(RESULT, result);
    memory.setInt(RESULT_LENGTH, length);
  }
}
