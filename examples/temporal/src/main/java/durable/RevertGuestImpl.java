package durable;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.fleet.HostConnector;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.temporal.activity.Activity;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.WorkflowClient;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.Optional;

/** Records the intent of each revert in the heartbeat of its activity before the revert starts. */
final class RevertGuestImpl implements RevertGuest {
  /** The maximum wait for a revert that a dead worker started. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final WorkflowClient client;
  private final boolean allowCommands;

  RevertGuestImpl(WorkflowClient client, boolean allowCommands) {
    this.client = client;
    this.allowCommands = allowCommands;
  }

  @Override
  public Result revert(Guest guest, String snapshot) {
    Optional<String> program = Connect.programChosenBy(guest.uri());
    if (program.isPresent() && !allowCommands) {
      return new Result(
          guest,
          RevertOutcome.NOT_STARTED.name(),
          "the URI may run a program through its "
              + program.get()
              + "; if you trust the orders, start the worker with --allow-commands");
    }
    try (Heartbeat heartbeat = Heartbeat.of(client, Activity.getExecutionContext());
        Connect connect = HostConnector.KEPT_ALIVE.open(guest.uri());
        Domain domain = connect.domainLookupByName(guest.domain())) {
      Optional<RevertIntent> earlier = heartbeat.earlierIntent();
      if (earlier.isPresent()) {
        checkIsOf(domain, earlier.get());
        Optional<Result> result = resolve(guest, earlier.get(), connect);
        if (result.isPresent()) {
          return result.get();
        }
      }
      RevertReport report =
          SnapshotReverter.of(domain).to(snapshot).withJournal(heartbeat::record).revert();
      return new Result(guest, report.outcome().name(), "the domain is " + report.after());
    } catch (RevertException e) {
      return result(guest, e);
    } catch (NoSuchDomainException e) {
      return new Result(guest, RevertOutcome.NOT_STARTED.name(), e.getMessage());
    } catch (LibvirtException e) {
      throw retryable(e, RevertOutcome.NOT_STARTED);
    } catch (InterruptedException e) {
      throw Activity.wrap(e);
    }
  }

  /** An intent of another domain must not delete a snapshot of that domain. */
  private static void checkIsOf(Domain domain, RevertIntent earlier) {
    String uuid = domain.getUUIDString();
    if (!uuid.equals(earlier.request().uuid())) {
      throw ApplicationFailure.newNonRetryableFailure(
          "the recorded intent belongs to another domain than " + uuid + ": " + earlier,
          RevertOutcome.UNKNOWN.name());
    }
  }

  /** Resolves the revert of a dead worker; returns empty if it changed nothing. */
  private static Optional<Result> resolve(Guest guest, RevertIntent earlier, Connect connect)
      throws LibvirtException, InterruptedException {
    ResolvedOutcome resolved =
        earlier
            .awaitOutcome(connect, PATIENCE)
            .orElseThrow(
                () ->
                    ApplicationFailure.newFailure(
                        "libvirt is still reverting the domain", RevertOutcome.IN_PROGRESS.name()));
    String details =
        "an earlier worker crashed; the domain "
            + resolved.now().map(status -> "is " + status).orElse("does not exist any more");
    return switch (resolved.verdict()) {
      case REVERTED -> Optional.of(new Result(guest, RevertOutcome.REVERTED.name(), details));
      case INDETERMINATE -> Optional.of(new Result(guest, RevertOutcome.UNKNOWN.name(), details));
      case UNCHANGED -> {
        earlier.deleteSafetySnapshot(connect);
        yield Optional.empty();
      }
    };
  }

  private static Result result(Guest guest, RevertException e) {
    if (e.outcome() == RevertOutcome.UNKNOWN || isTransient(e)) {
      throw retryable(e, e.outcome());
    }
    return new Result(guest, e.outcome().name(), e.getMessage());
  }

  /** Returns whether the revert was not started because a connection was lost. */
  private static boolean isTransient(RevertException e) {
    return e.outcome() == RevertOutcome.NOT_STARTED
        && (e.getCause() instanceof ConnectionLostException
            || e.getCause() instanceof ActivityCompletionException);
  }

  private static ApplicationFailure retryable(LibvirtException e, RevertOutcome outcome) {
    return ApplicationFailure.newFailureWithCause(e.getMessage(), outcome.name(), e);
  }
}
