package io.github.libvirtsnapshot.junit;

import com.google.common.base.CharMatcher;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The guest of a test that failed, kept in a snapshot. As an exception, it tells the name. */
final class FailedTestSnapshot extends Exception {
  private static final long serialVersionUID = 1;

  private static final CharMatcher HARMLESS =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._-"));

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private FailedTestSnapshot(String message, Throwable cause) {
    super(message, cause, true, false);
  }

  /** Keeps it, and says where, or why that failed. */
  static FailedTestSnapshot keep(Domain domain, String test) {
    String what = "the guest of domain " + LogEscaper.quote(domain.getName());
    String name = name(test);
    try {
      domain
          .snapshotCreateXML("<domainsnapshot><name>" + name + "</name></domainsnapshot>")
          .close();
      return new FailedTestSnapshot(what + " is kept in snapshot " + LogEscaper.quote(name), null);
    } catch (LibvirtException | RuntimeException e) {
      return new FailedTestSnapshot(what + " could not be kept: " + e.getMessage(), e);
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
