package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Chars;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.ConnectAuth.Credential;
import io.github.libvirtsnapshot.ConnectAuth.CredentialType;
import io.github.libvirtsnapshot.jna.LibvirtLibrary.VirConnectAuthCallback;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.virConnectCredential;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Passes libvirt's questions, while it opens one connection, to a {@link ConnectAuth}, and writes
 * the answers to libvirt's memory. libvirt frees the memory of an answer that is in its structure.
 */
final class AuthSession implements VirConnectAuthCallback {
  private static final int GIVE_UP = -1;
  private static final int MAX_BYTES_PER_CHAR = 3;

  private final ConnectAuth auth;
  private @Nullable Throwable failure;

  AuthSession(ConnectAuth auth) {
    this.auth = auth;
  }

  /**
   * Returns what the {@link ConnectAuth} threw, or null: an exception cannot pass through libvirt.
   */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Answers all questions or none. On return, only libvirt's memory holds the answers. */
  @Override
  public int callback(Pointer questions, int count, @Nullable Pointer data) {
    List<virConnectCredential> structures =
        IntStream.range(0, count)
            .mapToObj(index -> virConnectCredential.of(questions, index))
            .toList();
    List<Credential> credentials = structures.stream().map(AuthSession::credential).toList();
    List<byte[]> answers = new ArrayList<>();
    try {
      int status = auth.callback(credentials.toArray(Credential[]::new));
      if (status == 0) {
        credentials.forEach(credential -> answers.add(encode(credential.answer())));
        for (int i = 0; i < count; i++) {
          write(answers.get(i), structures.get(i));
        }
      }
      return status;
    } catch (Throwable e) {
      failure = e;
      return GIVE_UP;
    } finally {
      credentials.forEach(Credential::wipe);
      answers.forEach(AuthSession::wipe);
    }
  }

  private static Credential credential(virConnectCredential question) {
    return new Credential(
        NativeConstants.find(CredentialType.class, question.type()).orElse(CredentialType.UNKNOWN),
        question.prompt(),
        question.challenge(),
        question.defresult());
  }

  /** Returns an answer in UTF-8 with a NUL at its end, as C expects it; null for null. */
  private static byte @Nullable [] encode(char @Nullable [] answer) {
    if (answer == null) {
      return null;
    }
    checkArgument(!Chars.contains(answer, '\0'), "an answer contains a NUL");
    byte[] bytes = new byte[Math.multiplyExact(answer.length, MAX_BYTES_PER_CHAR)];
    try {
      ByteBuffer encoded = ByteBuffer.wrap(bytes);
      CoderResult end =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(answer), encoded, true);
      checkArgument(end.isUnderflow(), "an answer contains an unpaired surrogate");
      return Arrays.copyOf(bytes, encoded.position() + 1);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static void write(byte[] answer, virConnectCredential question) {
    if (answer != null) {
      Pointer memory = new Pointer(Native.malloc(answer.length));
      memory.write(0, answer, 0, answer.length);
      question.setResult(memory, answer.length - 1);
    }
  }

  private static void wipe(byte[] answer) {
    if (answer != null) {
      Arrays.fill(answer, (byte) 0);
    }
  }
}
