package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.jna.NativeConstant;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers libvirt's questions for credentials, such as a password, while {@link
 * Connect#Connect(String, ConnectAuth, ConnectFlag...)} opens a connection. {@link #of} answers
 * with a user name and a password; a subclass can answer other questions.
 *
 * <p>The library passes an answer to libvirt only. No log line and no exception message contains
 * it.
 *
 * @see <a href="https://libvirt.org/auth.html">Connection authentication</a>
 */
public abstract class ConnectAuth {
  /**
   * Exists for programs written for libvirt-java; in new code, use {@link
   * #ConnectAuth(CredentialType...)}. The kinds of questions that {@link #callback} can answer.
   */
  public CredentialType[] credType;

  /**
   * Creates a source of credentials.
   *
   * @param types the kinds of questions that {@link #callback} can answer; if there are none, the
   *     subclass has to set {@link #credType}
   */
  protected ConnectAuth(CredentialType... types) {
    credType = types.clone();
  }

  /**
   * Returns a source that answers with a user name and a password.
   *
   * @param userName called for the name each time a connection is opened
   * @param password called for the password each time a connection is opened. The library fills the
   *     returned array with zeros afterwards, so return a new array each time
   */
  public static ConnectAuth of(Supplier<String> userName, Supplier<char[]> password) {
    return new PasswordAuth(checkNotNull(userName), checkNotNull(password));
  }

  /**
   * Answers libvirt's questions with {@link Credential#setResult}. The library calls this method
   * while libvirt opens the connection; the thread that opens the connection waits. If this method
   * throws, opening the connection fails, and the thrown exception is suppressed in the {@link
   * LibvirtException}.
   *
   * @param credentials the questions
   * @return 0, or -1 to give up
   */
  public abstract int callback(Credential[] credentials);

  final int[] types() {
    checkArgument(
        credType != null && credType.length > 0,
        "credType is empty; name the kinds of questions that the callback can answer");
    return Arrays.stream(credType).mapToInt(CredentialType::value).toArray();
  }

  /**
   * The kind of a question.
   *
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCredentialType">virConnectCredentialType</a>
   */
  public enum CredentialType implements NativeConstant {
    /** The identity to act as. */
    VIR_CRED_USERNAME(1),
    /** The identity to authenticate as. */
    VIR_CRED_AUTHNAME(2),
    /** The languages that the user reads, as in RFC 1766. */
    VIR_CRED_LANGUAGE(3),
    /** A nonce that the client supplies. */
    VIR_CRED_CNONCE(4),
    /** A secret. */
    VIR_CRED_PASSPHRASE(5),
    /** An answer to a challenge; the answer may be shown on the screen. */
    VIR_CRED_ECHOPROMPT(6),
    /** An answer to a challenge; the answer may not be shown on the screen. */
    VIR_CRED_NOECHOPROMPT(7),
    /** The realm to authenticate in. */
    VIR_CRED_REALM(8),
    /** An authentication step outside libvirt. */
    VIR_CRED_EXTERNAL(9),
    /** A number that this release does not know. */
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

  /** One question of libvirt's, and its answer. {@link #toString} does not contain the answer. */
  public static final class Credential {
    /** Exists for programs written for libvirt-java; in new code, use {@link #getType}. */
    public final CredentialType type;

    /** Exists for programs written for libvirt-java; in new code, use {@link #getPrompt}. */
    public final @Nullable String prompt;

    /** Exists for programs written for libvirt-java; in new code, use {@link #getChallenge}. */
    public final @Nullable String challenge;

    /** Exists for programs written for libvirt-java; in new code, use {@link #getDefaultResult}. */
    public final @Nullable String defresult;

    /**
     * Exists for programs written for libvirt-java; in new code, use {@link #setResult}. A string
     * stays in memory; the library fills the array of {@link #setResult} with zeros.
     */
    public @Nullable String result;

    private char @Nullable [] secret;

    Credential(
        CredentialType type,
        @Nullable String prompt,
        @Nullable String challenge,
        @Nullable String defresult) {
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
    public @Nullable String getPrompt() {
      return prompt;
    }

    /** Returns more about the question, or null. */
    public @Nullable String getChallenge() {
      return challenge;
    }

    /** Returns the answer that libvirt uses if the answer is empty, or null. */
    public @Nullable String getDefaultResult() {
      return defresult;
    }

    /**
     * Answers the question.
     *
     * @param answer without a NUL; null for no answer. The library fills the array with zeros after
     *     {@link #callback} has returned or thrown, also if it does not use the answers.
     */
    public void setResult(char @Nullable [] answer) {
      secret = answer;
    }

    char @Nullable [] answer() {
      if (secret == null && result != null) {
        secret = result.toCharArray();
      }
      return secret;
    }

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
