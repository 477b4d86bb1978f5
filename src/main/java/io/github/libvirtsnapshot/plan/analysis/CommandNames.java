package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces the placeholders in commands, as in {@code virsh snapshot-delete DOMAIN SNAPSHOT}, by
 * the domain and the snapshot of a request. Rules do not know the request.
 */
final class CommandNames {
  /** Only a placeholder of the library directly follows such a command. */
  private static final Pattern PLACEHOLDERS =
      Pattern.compile("(?<=virsh [a-z-]{1,30} )DOMAIN\\b( SNAPSHOT\\b)?");

  private final RevertRequest request;

  CommandNames(RevertRequest request) {
    this.request = request;
  }

  Refusal in(Refusal refusal) {
    return new Refusal(
        refusal.code(),
        refusal.guestStopped(),
        refusal.reason(),
        in(refusal.wayOut()),
        refusal.temporary());
  }

  SafetySnapshotOption in(SafetySnapshotOption safety) {
    return new SafetySnapshotOption(safety.kind(), in(safety.obstacle()), safety.backingImages());
  }

  String in(String text) {
    return PLACEHOLDERS.matcher(text).replaceAll(found -> Matcher.quoteReplacement(names(found)));
  }

  private String names(MatchResult placeholders) {
    String domain = ShellText.domain(request.domain(), request.uuid());
    return placeholders.group(1) == null
        ? domain
        : domain + " " + ShellText.word(request.snapshot().orElse(""), "SNAPSHOT");
  }
}
