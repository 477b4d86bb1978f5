package io.github.libvirtsnapshot.revert;

import com.google.common.base.Strings;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Records one run as an event of the JDK's flight recorder. */
final class FlightRecorderListener implements RevertListener {
  private static final Pattern URI =
      Pattern.compile(
          "(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
              + "(//([^/?#]*@)?(?<host>[^/?#@]*))?(?<path>[^?#]*)([?#].*)?",
          Pattern.DOTALL);

  private final RevertEvent event = new RevertEvent();

  private final Domain domain;

  FlightRecorderListener(Domain domain) {
    this.domain = domain;
    event.begin();
  }

  @Override
  public void reverted(RevertReport report) {
    commit(report.details(), LibvirtError.none(""));
  }

  @Override
  public void failed(RevertException failure) {
    commit(failure.details(), failure.getError());
  }

  private void commit(RevertDetails details, LibvirtError error) {
    if (!event.shouldCommit()) {
      return;
    }
    event.domain = LogEscaper.escape(details.request().domain());
    event.uuid = details.request().uuid();
    event.host = host();
    event.error = error.getRawCode();
    event.message =
        LogEscaper.escapeMessage(
            LogEscaper.withoutSecrets(Strings.nullToEmpty(error.getMessage())));
    event.snapshot = details.request().snapshot().map(LogEscaper::escape).orElse(null);
    event.flags = RevertFlag.describe(details.request().flags());
    event.before = words(details.before());
    event.after = words(details.after());
    event.outcome = details.outcome().name();
    event.attempts = details.attempts().size();
    event.guest = details.guest().map(Object::toString).orElse(null);
    event.commit();
  }

  /** The client has the URI, so that this call does not reach the host. */
  private @Nullable String host() {
    try (Connect connect = domain.getConnect()) {
      return host(connect.getURI()).map(LogEscaper::escape).orElse(null);
    } catch (LibvirtException | RuntimeException e) {
      return null;
    }
  }

  /**
   * Returns a connection URI without user, password and parameters; empty if it is not a URI.
   * {@link java.net.URI} rejects host names with an underscore.
   */
  static Optional<String> host(String uri) {
    Matcher parts = URI.matcher(uri);
    return parts.matches()
        ? Optional.of(
            parts.group("scheme")
                + "://"
                + Strings.nullToEmpty(parts.group("host"))
                + parts.group("path"))
        : Optional.empty();
  }

  private static @Nullable String words(Optional<DomainStatus> status) {
    return status.map(known -> known.stateAndReason().toString()).orElse(null);
  }
}
