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
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One opening of a connection, between libvirt's questions and the {@link ConnectAuth} that answers
 * them. Memory for an answer is libvirt's to free from the moment it is in the structure.
 */
final class AuthSession implements VirConnectAuthCallback {
  private static final int GIVE_UP = -1;
  private static final int MAX_BYTES_PER_CHAR = 3;

  private final ConnectAuth auth;
  private Throwable failure;

  AuthSession(ConnectAuth auth) {
    this.auth = auth;
  }

  /** What the {@link ConnectAuth} threw into libvirt, where nothing can be thrown; or null. */
  Throwable failure() {
    return failure;
  }

  @Override
  public int callback(Pointer questions, int count, Pointer data) {
    List<virConnectCredential> structures =
        IntStream.range(0, count)
            .mapToObj(index -> virConnectCredential.of(questions, index))
            .toList();
    Credential[] credentials =
        structures.stream().map(AuthSession::credential).toArray(Credential[]::new);
    try {
      int status = auth.callback(credentials);
      for (int i = 0; i < count && status == 0; i++) {
        write(credentials[i].takeResult(), structures.get(i));
      }
      return status;
    } catch (Throwable e) {
      failure = e;
      return GIVE_UP;
    }
  }

  private static Credential credential(virConnectCredential question) {
    return new Credential(
        NativeConstants.find(CredentialType.class, question.type()).orElse(CredentialType.UNKNOWN),
        question.prompt(),
        question.challenge(),
        question.defresult());
  }

  private static void write(char[] answer, virConnectCredential question) {
    if (answer == null) {
      return;
    }
    checkArgument(!Chars.contains(answer, '\0'), "an answer has a NUL in it");
    byte[] bytes = new byte[answer.length * MAX_BYTES_PER_CHAR];
    ByteBuffer encoded = ByteBuffer.wrap(bytes);
    CoderResult end =
        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(answer), encoded, true);
    checkArgument(end.isUnderflow(), "an answer has an unpaired surrogate in it");
    int length = encoded.position();
    Pointer memory = new Pointer(Native.malloc(length + 1L));
    memory.write(0, bytes, 0, length);
    memory.setByte(length, (byte) 0);
    Arrays.fill(bytes, (byte) 0);
    Arrays.fill(answer, '\0');
    question.setResult(memory, length);
  }
}
