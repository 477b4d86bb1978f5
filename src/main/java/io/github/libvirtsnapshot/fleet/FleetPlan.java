package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The predicted result of reverting a fleet now.
 *
 * @param entries one entry for each domain, in the order in which the domains were requested, and
 *     one for each host whose domains could not be listed
 * @param resumesTogether whether the run leaves each guest paused until all domains are reverted,
 *     and then resumes all guests, as with {@link FleetReverter#resumingTogether}; the plans of the
 *     domains end before that
 */
public record FleetPlan(List<Entry> entries, boolean resumesTogether) {
  /**
   * The predicted result of one domain.
   *
   * @param uri the host, as it was given, with its secrets; {@link #toString} leaves the secrets
   *     out
   * @param domain the name; empty where the domains of the host could not be listed
   * @param plan the plan, if there is one
   * @param failure the reason why there is no plan
   */
  public record Entry(
      String uri,
      Optional<String> domain,
      Optional<RevertPlan> plan,
      Optional<LibvirtException> failure) {
    static Entry of(DomainResult<RevertPlan> result) {
      return new Entry(result.uri(), result.domain(), result.value(), result.failure());
    }

    /** Returns the plan as text, or one line with the reason why there is none. */
    @Override
    public String toString() {
      return plan.map(RevertPlan::toString)
          .orElseGet(
              () ->
                  "no plan: "
                      + LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri))
                      + " "
                      + domain.map(LogEscaper::quote).orElse("(domains not listed)")
                      + ": "
                      + failure.orElseThrow().getMessage());
    }
  }

  static FleetPlan of(List<DomainResult<RevertPlan>> results, boolean resumesTogether) {
    return new FleetPlan(results.stream().map(Entry::of).toList(), resumesTogether);
  }

  /** Copies the list. No component may be null. */
  public FleetPlan {
    checkNotNull(entries, "entries is null");
    entries = List.copyOf(entries);
  }

  /** Returns the text of each entry, in their order, and what the run does after all of them. */
  @Override
  public String toString() {
    return entries.stream().map(Entry::toString).collect(Collectors.joining("\n"))
        + (resumesTogether
            ? "\nresuming together: each guest stays paused until all domains are reverted, and"
                + " then all guests are resumed"
            : "");
  }
}
