package io.github.libvirtsnapshot.revert;

import java.util.Optional;
import java.util.function.Function;

/**
 * Where a run is: it has the value that the next stage needs, or it has ended.
 *
 * @param value the result of the stage, if the run continues
 * @param result how the run ended, if it did
 */
record Stage<T>(Optional<T> value, Optional<RunResult> result) {
  static <T> Stage<T> of(T value) {
    return new Stage<>(Optional.of(value), Optional.empty());
  }

  static <T> Stage<T> ended(RunResult result) {
    return new Stage<>(Optional.empty(), Optional.of(result));
  }

  /** Goes on to the next stage, unless the run has ended. */
  <U> Stage<U> then(Function<T, Stage<U>> next) {
    return value.map(next).orElseGet(() -> ended(result.orElseThrow()));
  }

  /** Goes on to the last stage, unless the run has ended, and returns how the run ends. */
  RunResult finish(Function<T, RunResult> last) {
    return value.map(last).orElseGet(result::orElseThrow);
  }
}
