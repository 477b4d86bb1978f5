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

/** Writes each revert into its activity's heartbeat before it begins. */
final class RevertGuestImpl implements RevertGuest {
  /** How long libvirt may be at work on what a dead worker asked for. */
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
          "the URI can run a program by its "
              + program.get()
              + ", which this worker does not allow");
    }
    try (Heartbeat heartbeat = Heartbeat.of(client, Activity.getExecutionContext());
        Connect connect = HostConnector.KEPT_ALIVE.open(guest.uri());
        Domain domain = connect.domainLookupByName(guest.domain())) {
      Optional<RevertIntent> left = heartbeat.left();
      if (left.isPresent()) {
        checkIsOf(domain, left.get());
        Optional<Result> done = takeUp(guest, left.get(), connect);
        if (done.isPresent()) {
          return done.get();
        }
      }
      RevertReport report =
          SnapshotReverter.of(domain).to(snapshot).withJournal(heartbeat::write).revert();
      return new Result(guest, report.outcome().name(), "is " + report.after());
    } catch (RevertException e) {
      return endOf(guest, e);
    } catch (NoSuchDomainException e) {
      return new Result(guest, RevertOutcome.NOT_STARTED.name(), e.getMessage());
    } catch (LibvirtException e) {
      throw again(e, RevertOutcome.NOT_STARTED);
    } catch (InterruptedException e) {
      throw Activity.wrap(e);
    }
  }

  /** Another domain is neither asked about nor rid of a snapshot. */
  private static void checkIsOf(Domain domain, RevertIntent left) {
    String uuid = domain.getUUIDString();
    if (!uuid.equals(left.request().uuid())) {
      throw ApplicationFailure.newNonRetryableFailure(
          "what a worker has written down is of another domain than " + uuid + ": " + left,
          RevertOutcome.UNKNOWN.name());
    }
  }

  /** Returns what a dead worker has done; empty if it has done nothing. */
  private static Optional<Result> takeUp(Guest guest, RevertIntent left, Connect connect)
      throws LibvirtException, InterruptedException {
    ResolvedOutcome found =
        left.awaitOutcome(connect, PATIENCE)
            .orElseThrow(
                () ->
                    ApplicationFailure.newFailure(
                        "libvirt is still at work on it", RevertOutcome.IN_PROGRESS.name()));
    String words = "a worker died; found out: " + found.now().map(Object::toString).orElse("gone");
    return switch (found.verdict()) {
      case REVERTED -> Optional.of(new Result(guest, RevertOutcome.REVERTED.name(), words));
      case INDETERMINATE -> Optional.of(new Result(guest, RevertOutcome.UNKNOWN.name(), words));
      case UNCHANGED -> {
        left.deleteSafetySnapshot(connect);
        yield Optional.empty();
      }
    };
  }

  private static Result endOf(Guest guest, RevertException e) {
    if (e.outcome() == RevertOutcome.UNKNOWN || mayPass(e)) {
      throw again(e, e.outcome());
    }
    return new Result(guest, e.outcome().name(), e.getMessage());
  }

  /** Neither the server nor the host has refused it. */
  private static boolean mayPass(RevertException e) {
    return e.outcome() == RevertOutcome.NOT_STARTED
        && (e.getCause() instanceof ConnectionLostException
            || e.getCause() instanceof ActivityCompletionException);
  }

  private static ApplicationFailure again(LibvirtException e, RevertOutcome outcome) {
    return ApplicationFailure.newFailureWithCause(e.getMessage(), outcome.name(), e);
  }
}
