package io.github.libvirtsnapshot.revert;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * One revert, which one thread runs, and which any thread may give up: if libvirt was not asked to
 * revert by then, it will not be. Internal to the library.
 *
 * @hidden
 */
public final class OngoingRevert implements RevertGate {
  private enum Stage {
    /** No thread runs it yet. */
    QUEUED,
    /** It runs, and libvirt was not asked to revert yet. */
    PREPARING,
    /** libvirt was asked, and can't be stopped. */
    ASKED,
    /** libvirt will not be asked any more. */
    GIVEN_UP
  }

  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.QUEUED);
  private final BooleanSupplier isWanted;
  private final RevertRun run;

  /**
   * Makes a revert, which has to be run or given up: both close it.
   *
   * @param isWanted is asked right before each step that changes something
   */
  OngoingRevert(RevertSettings settings, BooleanSupplier isWanted) throws RevertException {
    this.isWanted = isWanted;
    this.run = RevertRun.of(settings, this);
  }

  /**
   * Runs it on this thread, once.
   *
   * @throws RevertException as {@link SnapshotReverter#revert} does, and if it was given up before
   */
  public RevertReport run() throws RevertException {
    if (!begin()) {
      throw run.notStarted("it was given up before it began");
    }
    return carryOut();
  }

  /** Returns whether this thread has to carry it out: no other does, and it was not given up. */
  boolean begin() {
    return stage.compareAndSet(Stage.QUEUED, Stage.PREPARING);
  }

  RevertReport carryOut() throws RevertException {
    try (run) {
      return run.run();
    }
  }

  /**
   * Gives it up. What has begun goes on to its end, which is logged.
   *
   * @param why the reason, as in {@code the host did not respond within 30 s}
   * @return what is known of it: {@link RevertOutcome#NOT_STARTED}, or {@link
   *     RevertOutcome#IN_PROGRESS} if libvirt was asked
   */
  public RevertException giveUp(String why) {
    return callOff() ? run.givenUp(why) : run.inProgress(why);
  }

  /** Returns whether libvirt was not asked, and will not be. */
  boolean callOff() {
    Stage before = stage.getAndUpdate(now -> now == Stage.ASKED ? now : Stage.GIVEN_UP);
    if (before == Stage.QUEUED) {
      run.close();
    }
    return before != Stage.ASKED;
  }

  /** Returns the exception for a revert that no thread runs. */
  RevertException notStarted(Throwable cause) {
    return run.notStarted(cause);
  }

  @Override
  public boolean isOpen() {
    return isWanted.getAsBoolean() && stage.get() == Stage.PREPARING;
  }

  @Override
  public boolean pass() {
    return isOpen() && stage.compareAndSet(Stage.PREPARING, Stage.ASKED);
  }
}
