package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.ConnectAuth.Credential;
import io.github.libvirtsnapshot.ConnectAuth.CredentialType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
  void eachQuestionGetsItsAnswer() {
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
  void givingUpIsPassedOn() {
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
  void whatTheCallbackThrowsIsKeptForTheOneWhoOpens() {
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
    Native.free(Pointer.nativeValue(questions.getPointer(RESULT)));
  }

  @Test
  void anAnswerThatCWouldCutIsRefusedWithoutBeingShown() {
    for (String bad : new String[] {"hunter\0two", "hunter\ud800"}) {
      AuthSession session = new AuthSession(ConnectAuth.of(() -> bad, () -> bad.toCharArray()));

      assertEquals(-1, session.callback(questions, 3, null));
      assertFalse(session.failure().getMessage().contains("hunter"));
    }
  }

  @Test
  void anAnswerIsNeverShown() {
    Credential credential =
        new Credential(CredentialType.VIR_CRED_PASSPHRASE, "Password", null, null);
    credential.setResult("secret".toCharArray());

    assertEquals("Credential[VIR_CRED_PASSPHRASE]", credential.toString());
  }

  @Test
  void aKindOfQuestionIsNeeded() {
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
