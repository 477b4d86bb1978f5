package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The structure {@code virConnectCredential}: one question of libvirt's, with fields for the
 * answer.
 *
 * @param memory the memory of the structure
 */
public record virConnectCredential(Pointer memory) {
  private static final long PROMPT = Native.POINTER_SIZE;
  private static final long CHALLENGE = 2L * Native.POINTER_SIZE;
  private static final long DEFAULT_RESULT = 3L * Native.POINTER_SIZE;
  private static final long RESULT = 4L * Native.POINTER_SIZE;
  private static final long RESULT_LENGTH = 5L * Native.POINTER_SIZE;

  /** The size of the structure, in bytes. */
  public static final long SIZE = 6L * Native.POINTER_SIZE;

  /**
   * Returns an element of the array that libvirt passes to a callback.
   *
   * @param index the index of the element, from 0
   */
  public static virConnectCredential of(Pointer array, int index) {
    return new virConnectCredential(array.share(index * SIZE, SIZE));
  }

  /** Returns the kind of the question, a {@code virConnectCredentialType}. */
  public int type() {
    return memory.getInt(0);
  }

  /** Returns the question as a text for the user. */
  public @Nullable String prompt() {
    return CStrings.pointedTo(memory, PROMPT);
  }

  /** Returns further information about the question, or null. */
  public @Nullable String challenge() {
    return CStrings.pointedTo(memory, CHALLENGE);
  }

  /** Returns the default answer, or null. */
  public @Nullable String defresult() {
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
