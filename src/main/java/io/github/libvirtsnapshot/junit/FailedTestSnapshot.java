package io.github.libvirtsnapshot.junit;

import static java.util.Objects.requireNonNull;

import com.google.common.base.CharMatcher;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SafeLogger;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of taking a snapshot of a domain after a test has failed: the name of the snapshot, or
 * the reason why there is none. It is an exception so that the exception of the test can suppress
 * it.
 */
final class FailedTestSnapshot extends Exception {
  private static final long serialVersionUID = 1;

  private static final Logger LOG = System.getLogger(RevertExtension.class.getName());

  private static final CharMatcher HARMLESS =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._-"));

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FailedTestSnapshot(String message, @Nullable Throwable cause) {
    super(message, cause, true, false);
  }

  /** Takes the snapshot, and logs its name, or the reason why there is none. */
  static FailedTestSnapshot take(Domain domain, String test) {
    FailedTestSnapshot result = tryToTake(domain, test);
    SafeLogger.log(
        LOG,
        result.getCause() == null ? Level.INFO : Level.WARNING,
        requireNonNull(result.getMessage()),
        result.getCause());
    return result;
  }

  private static FailedTestSnapshot tryToTake(Domain domain, String test) {
    String name = name(test);
    String what = LogEscaper.quote(name) + " of domain " + LogEscaper.quote(domain.getName());
    try {
      domain
          .snapshotCreateXML("<domainsnapshot><name>" + name + "</name></domainsnapshot>")
          .close();
      return new FailedTestSnapshot("the test failed; snapshot " + what + " was created", null);
    } catch (LibvirtException | RuntimeException e) {
      return new FailedTestSnapshot(
          "the test failed; snapshot " + what + " could not be created: " + e.getMessage(), e);
    }
  }

  private static String name(String test) {
    String words = HARMLESS.negate().collapseFrom(test, '-');
    return "failed-"
        + words.substring(0, Math.min(words.length(), 60))
        + "-"
        + TIME.format(Instant.now());
  }
}
