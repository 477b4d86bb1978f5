package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import io.github.libvirtsnapshot.testing.RevertResultBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reports of runs that did not happen. */
public final class SampleReports {
  /** Markup, a character that HTML does not allow, one that reverses the text, and much text. */
  public static final String HOSTILE =
      "</td></bdi><script>document.title = 'run'</script><img src=x onerror=\"run()\">&lt;\0\ufffe"
          + "\u202e' "
          + "x".repeat(5_000);

  private final List<FleetEntry> entries = new ArrayList<>();
  private final ImmutableTable.Builder<String, String, RunTimes.Span> spans =
      ImmutableTable.builder();

  /** Returns a report of as many domains on hosts with 100 domains each; each tenth one failed. */
  public static FleetReport ofDomains(int number) {
    SampleReports sample = new SampleReports();
    for (int i = 0; i < number; i++) {
      String uri = "qemu+tls://host" + i / 100 + "/system";
      String domain = "web" + i;
      if (i % 10 == 0) {
        sample.add(uri, domain, failure(domain, RevertOutcome.FAILED, "no such image " + i));
      } else {
        sample.add(uri, domain, revert(domain).report());
      }
      sample.span(uri, domain, i % 25, i % 25 + 2);
    }
    return sample.report();
  }

  /**
   * Returns a report of two hosts whose tenants chose the worst names, with all kinds of results.
   */
  public static FleetReport hostile() {
    SampleReports sample = new SampleReports();
    String uri = "qemu+tls://admin:secret@host1/system?name=" + HOSTILE;
    sample.add(uri, HOSTILE, failure(HOSTILE, RevertOutcome.WRONG_STATE, HOSTILE));
    sample.span(uri, HOSTILE, 1, 3);
    sample.add(uri, "web01", revert("web01").withSafetySnapshot().report());
    sample.span(uri, "web01", 0, 2);
    sample.add(uri, "web02", revert("web02").guest(ready()).report());
    sample.span(uri, "web02", 2, 10);
    sample.add("h2", "db01", failure("db01", RevertOutcome.GUEST_SILENT, "look at its console"));
    sample.span("h2", "db01", 0, 10);
    sample.add("h2", "db02", new NotStartedException("the host did not respond within 30 s"));
    sample.add("h2", "db03", new NotStartedException("the host did not respond within 30 s"));
    sample.entries.add(
        new FleetEntry(
            "h3",
            Optional.empty(),
            Optional.empty(),
            Optional.of(new NotStartedException("the domains were not listed")),
            Optional.of(new ResolvedOutcome(Verdict.UNCHANGED, Optional.empty())),
            Optional.of(new NotStartedException("the host is down")),
            List.of("left-1", "left-2")));
    return sample.report();
  }

  static RevertResultBuilder revert(String domain) {
    return RevertResultBuilder.of(domain, "clean");
  }

  static LibvirtException failure(String domain, RevertOutcome outcome, String reason) {
    return revert(domain).failed(outcome, ErrorNumber.VIR_ERR_INTERNAL_ERROR, reason).exception();
  }

  private static GuestStatus ready() {
    return GuestStatus.responded(Duration.ofMillis(1_540), true)
        .withClock(new ClockSetting(Duration.ofSeconds(13), Duration.ZERO, false));
  }

  void add(String uri, String domain, RevertReport report) {
    add(uri, domain, Optional.of(report), Optional.empty());
  }

  void add(String uri, String domain, LibvirtException failure) {
    add(uri, domain, Optional.empty(), Optional.of(failure));
  }

  private void add(
      String uri,
      String domain,
      Optional<RevertReport> report,
      Optional<LibvirtException> failure) {
    entries.add(
        new FleetEntry(
            uri,
            Optional.of(domain),
            report,
            failure,
            Optional.empty(),
            Optional.empty(),
            List.of()));
  }

  void span(String uri, String domain, int from, int to) {
    spans.put(uri, domain, new RunTimes.Span(Duration.ofSeconds(from), Duration.ofSeconds(to)));
  }

  /** Returns the report of a run of at least 10 seconds. */
  FleetReport report() {
    ImmutableTable<String, String, RunTimes.Span> all = spans.build();
    Duration last =
        all.values().stream()
            .map(RunTimes.Span::to)
            .max(Duration::compareTo)
            .orElse(Duration.ofSeconds(10));
    return new FleetReport(
        FleetSettings.of((uri, name, domain) -> SnapshotReverter.of(domain)),
        entries,
        Optional.empty(),
        new RunTimes(Instant.EPOCH, last, all));
  }
}
