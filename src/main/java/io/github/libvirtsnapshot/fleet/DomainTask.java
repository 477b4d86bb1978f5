package io.github.libvirtsnapshot.fleet;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertFinding;
import java.util.Optional;

/** A domain of a fleet, on the way to what is told of it. */
final class Member<T> {
  private enum Stage {
    /** Its turn has not come, or it has to wait for its host. */
    WAITING,
    /** It is looked for, or what became of it is. */
    SOUGHT,
    /** Its revert is on its way, and ends by itself. */
    ASKED
  }

  final Host<T> host;
  final String domain;

  private Stage stage = Stage.WAITING;
  private Told<T> told;

  /** Since its connection was lost, or could not be opened again, for the first time in a row. */
  Optional<Stopwatch> lost = Optional.empty();

  /** The revert whose outcome has to be found out. */
  Optional<RevertException> unknown = Optional.empty();

  /** How often an outcome had to be found out. */
  int unknowns;

  /** What it looked like the last time. */
  Optional<RevertFinding> finding = Optional.empty();

  Member(Host<T> host, String domain) {
    this.host = host;
    this.domain = domain;
  }

  /** Returns whether it is to be looked for; not if all is told of it. */
  synchronized boolean seek() {
    stage = Stage.SOUGHT;
    return told == null;
  }

  /** Returns whether it is to be reverted; from then on, only the revert ends it. */
  synchronized boolean ask() {
    stage = Stage.ASKED;
    return told == null;
  }

  /** It waits again. */
  synchronized void await() {
    stage = Stage.WAITING;
  }

  synchronized boolean isWaiting() {
    return stage == Stage.WAITING;
  }

  synchronized boolean isAsked() {
    return stage == Stage.ASKED;
  }

  /** Returns what is told of it. */
  synchronized Optional<Told<T>> told() {
    return Optional.ofNullable(told);
  }

  /** Returns whether nothing was told before. */
  synchronized boolean tell(Told<T> all) {
    if (told != null) {
      return false;
    }
    told = all;
    return true;
  }
}
