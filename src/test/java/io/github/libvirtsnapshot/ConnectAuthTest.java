package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.ConnectAuth.Credential;
import io.github.libvirtsnapshot.ConnectAuth.CredentialType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConnectAuthTest {
  private static final int SIZE = 48;
  private static final int RESULT = 32;
  private static final int RESULT_LENGTH = 40;

  private final Memory questions = new Memory(3L * SIZE);

  ConnectAuthTest() {
    questions.clear();
    questions.setInt(0, CredentialType.VIR_CRED_AUTHNAME.value());
    questions.setInt(SIZE, CredentialType.VIR_CRED_PASSPHRASE.value());
    questions.setInt(2 * SIZE, 1234);
  }

  @Test
  void answersEachKnownQuestion() {
    char[] password = "pässwörd€".toCharArray();
    AuthSession session = new AuthSession(ConnectAuth.of(() -> "fred", () -> password));

    assertEquals(0, session.callback(questions, 3, null));

    assertAnswer("fred", 0);
    assertAnswer("pässwörd€", 1);
    assertNull(questions.getPointer(2 * SIZE + RESULT));
    assertArrayEquals(new char[password.length], password, "the password is wiped");
  }

  private void assertAnswer(String expected, int question) {
    Pointer answer = questions.getPointer((long) question * SIZE + RESULT);
    assertEquals(expected, answer.getString(0, "UTF-8"));
    assertEquals(
        expected.getBytes(StandardCharsets.UTF_8).length,
        questions.getInt((long) question * SIZE + RESULT_LENGTH));
    Native.free(Pointer.nativeValue(answer));
  }

  @Test
  void reportsThatCallbackGaveUp() {
    AuthSession session =
        new AuthSession(
            new ConnectAuth(CredentialType.VIR_CRED_PASSPHRASE) {
              @Override
              public int callback(Credential[] credentials) {
                credentials[1].setResult("not used".toCharArray());
                return -1;
              }
            });

    assertEquals(-1, session.callback(questions, 3, null));
    assertNull(questions.getPointer(SIZE + RESULT));
  }

  @Test
  void storesExceptionOfCallback() {
    IllegalStateException thrown = new IllegalStateException("the vault is sealed");
    AuthSession session =
        new AuthSession(
            ConnectAuth.of(
                () -> "fred",
                () -> {
                  throw thrown;
                }));

    assertEquals(-1, session.callback(questions, 3, null));
    assertEquals(thrown, session.failure());
  }

  @Test
  void rejectsInvalidAnswerWithoutShowingIt() {
    for (String bad : new String[] {"hunter\0two", "hunter\ud800"}) {
      AuthSession session = new AuthSession(ConnectAuth.of(() -> bad, () -> bad.toCharArray()));

      assertEquals(-1, session.callback(questions, 3, null));
      assertFalse(session.failure().getMessage().contains("hunter"));
    }
  }

  private static ConnectAuth answering(ToIntFunction<Credential[]> answers) {
    return new ConnectAuth(CredentialType.VIR_CRED_PASSPHRASE) {
      @Override
      public int callback(Credential[] credentials) {
        return answers.applyAsInt(credentials);
      }
    };
  }

  /** The reasons for which opening fails after the first questions were answered. */
  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments("given up", (ToIntFunction<Credential[]>) credentials -> -1),
        arguments(
            "the program's own exception",
            (ToIntFunction<Credential[]>)
                credentials -> {
                  throw new IllegalStateException("the vault is sealed");
                }),
        arguments("a NUL", answer("hunter\0two")),
        arguments("an unpaired surrogate", answer("hunter\ud800")),
        arguments("a low surrogate alone", answer("hunter\udc00two")),
        arguments(
            "a question that the program replaced with null",
            (ToIntFunction<Credential[]>)
                credentials -> {
                  credentials[0] = null;
                  credentials[2].setResult("\0".toCharArray());
                  return 0;
                }));
  }

  private static ToIntFunction<Credential[]> answer(String last) {
    return credentials -> {
      credentials[2].result = last;
      return 0;
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void erasesAllAnswersIfOneIsRejected(String what, ToIntFunction<Credential[]> end) {
    char[] name = "fred".toCharArray();
    char[] password = "hunter2".toCharArray();
    List<Credential> asked = new ArrayList<>();
    AuthSession session =
        new AuthSession(
            answering(
                credentials -> {
                  asked.addAll(List.of(credentials));
                  credentials[0].setResult(name);
                  credentials[1].setResult(password);
                  return end.applyAsInt(credentials);
                }));

    assertEquals(-1, session.callback(questions, 3, null));

    assertArrayEquals(new char[name.length], name);
    assertArrayEquals(new char[password.length], password);
    for (Credential credential : asked) {
      assertNull(credential.answer());
    }
    for (long question = 0; question < 3; question++) {
      assertNull(questions.getPointer(question * SIZE + RESULT), "libvirt got no answer");
      assertEquals(0, questions.getInt(question * SIZE + RESULT_LENGTH));
    }
  }

  @Test
  void acceptsOneArrayForTwoQuestions() {
    char[] password = "hunter2".toCharArray();
    AuthSession session =
        new AuthSession(
            answering(
                credentials -> {
                  credentials[0].setResult(password);
                  credentials[1].setResult(password);
                  return 0;
                }));

    assertEquals(0, session.callback(questions, 3, null));

    assertAnswer("hunter2", 0);
    assertAnswer("hunter2", 1);
    assertArrayEquals(new char[password.length], password);
  }

  @Test
  void toStringDoesNotContainAnswer() {
    Credential credential =
        new Credential(CredentialType.VIR_CRED_PASSPHRASE, "Password", null, null);
    credential.setResult("secret".toCharArray());

    assertEquals("Credential[VIR_CRED_PASSPHRASE]", credential.toString());
  }

  @Test
  void requiresAtLeastOneKindOfQuestion() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new ConnectAuth() {
              @Override
              public int callback(Credential[] credentials) {
                return 0;
              }
            }.types());
  }
}
