package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.jna.NativeConstant;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Answers libvirt's questions for credentials while a connection is opened, in {@link
 * Connect#Connect(String, ConnectAuth, ConnectFlag...)}. {@link #of} suits a user name and a
 * password; a subclass may answer anything else.
 *
 * <p>An answer goes to libvirt and nowhere else: neither a log line nor the message of an exception
 * ever holds one.
 *
 * @see <a href="https://libvirt.org/auth.html">Connection authentication</a>
 */
public abstract class ConnectAuth {
  /**
   * The kinds of questions that {@link #callback} can answer, for a subclass in libvirt-java's
   * shape to set. Prefer to give them to the constructor.
   */
  public CredentialType[] credType;

  /**
   * @param types the kinds of questions that {@link #callback} can answer; if none is given, the
   *     subclass has to set {@link #credType}
   */
  protected ConnectAuth(CredentialType... types) {
    credType = types.clone();
  }

  /**
   * Answers with a user name and a password.
   *
   * @param userName asked for the name each time a connection is opened
   * @param password asked for the password each time; the array it returns is filled with zeros
   *     afterwards, so let it be a new one each time
   */
  public static ConnectAuth of(Supplier<String> userName, Supplier<char[]> password) {
    return new PasswordAuth(checkNotNull(userName), checkNotNull(password));
  }

  /**
   * Answers libvirt's questions by setting {@link Credential#setResult}. Called while the
   * connection is opened; the thread that opens it waits. What this method throws ends the opening,
   * and is suppressed in its exception.
   *
   * @param credentials the questions
   * @return 0, or -1 to give up
   */
  public abstract int callback(Credential[] credentials);

  final int[] types() {
    checkArgument(
        credType != null && credType.length > 0,
        "credType is empty: name the kinds of questions to be asked");
    return Arrays.stream(credType).mapToInt(CredentialType::value).toArray();
  }

  /**
   * The kinds of questions.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCredentialType">virConnectCredentialType</a>
   */
  public enum CredentialType implements NativeConstant {
    /** The identity to act as. */
    VIR_CRED_USERNAME(1),
    /** The identity to authenticate as. */
    VIR_CRED_AUTHNAME(2),
    /** The languages the user reads, as in RFC 1766. */
    VIR_CRED_LANGUAGE(3),
    /** A nonce of the client's. */
    VIR_CRED_CNONCE(4),
    /** A secret. */
    VIR_CRED_PASSPHRASE(5),
    /** An answer to a challenge that may be shown. */
    VIR_CRED_ECHOPROMPT(6),
    /** An answer to a challenge that may not be shown. */
    VIR_CRED_NOECHOPROMPT(7),
    /** The realm to authenticate in. */
    VIR_CRED_REALM(8),
    /** Something else has to be done, outside libvirt. */
    VIR_CRED_EXTERNAL(9),
    /** A kind that this release does not know. */
    UNKNOWN(-1);

    private final int value;

    CredentialType(int value) {
      this.value = value;
    }

    @Override
    public int value() {
      return value;
    }
  }

  /** One question. Its answer is kept out of {@link #toString}. */
  public static final class Credential {
    /** The kind of question; {@link #getType} is the same. */
    public final CredentialType type;

    /** The question in words, or null; {@link #getPrompt} is the same. */
    public final String prompt;

    /** More about the question, or null; {@link #getChallenge} is the same. */
    public final String challenge;

    /** The answer that libvirt uses if the answer is empty, or null. */
    public final String defresult;

    /**
     * The answer, in libvirt-java's shape: a string stays in memory. Prefer {@link
     * #setResult(char[])}, whose array is wiped.
     */
    public String result;

    private char[] secret;

    Credential(CredentialType type, String prompt, String challenge, String defresult) {
      this.type = type;
      this.prompt = prompt;
      this.challenge = challenge;
      this.defresult = defresult;
    }

    /** Returns the kind of question. */
    public CredentialType getType() {
      return type;
    }

    /** Returns the question in words, or null. */
    public String getPrompt() {
      return prompt;
    }

    /** Returns more about the question, or null. */
    public String getChallenge() {
      return challenge;
    }

    /** Returns the answer that libvirt uses if the answer is empty, or null. */
    public String getDefaultResult() {
      return defresult;
    }

    /**
     * Answers the question.
     *
     * @param answer without a NUL. Once {@link #callback} has returned or thrown, it is filled with
     *     zeros, also where the answers are not used. Null is no answer.
     */
    public void setResult(char[] answer) {
      secret = answer;
    }

    /** Returns the answer, or null. */
    char[] answer() {
      if (secret == null && result != null) {
        secret = result.toCharArray();
      }
      return secret;
    }

    /** Forgets the answer. */
    void wipe() {
      if (secret != null) {
        Arrays.fill(secret, '\0');
      }
      secret = null;
      result = null;
    }

    @Override
    public String toString() {
      return "Credential[" + type + "]";
    }
  }

  private static final class PasswordAuth extends ConnectAuth {
    private final Supplier<String> userName;
    private final Supplier<char[]> password;

    PasswordAuth(Supplier<String> userName, Supplier<char[]> password) {
      super(
          CredentialType.VIR_CRED_USERNAME,
          CredentialType.VIR_CRED_AUTHNAME,
          CredentialType.VIR_CRED_PASSPHRASE,
          CredentialType.VIR_CRED_ECHOPROMPT,
          CredentialType.VIR_CRED_NOECHOPROMPT);
      this.userName = userName;
      this.password = password;
    }

    @Override
    public int callback(Credential[] credentials) {
      Arrays.stream(credentials).forEach(this::answer);
      return 0;
    }

    private void answer(Credential credential) {
      switch (credential.getType()) {
        case VIR_CRED_USERNAME, VIR_CRED_AUTHNAME, VIR_CRED_ECHOPROMPT ->
            credential.setResult(userName.get().toCharArray());
        case VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT -> credential.setResult(password.get());
        default -> {}
      }
    }
  }
}
