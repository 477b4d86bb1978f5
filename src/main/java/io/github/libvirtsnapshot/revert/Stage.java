package io.github.libvirtsnapshot.revert;

import java.util.Optional;
import java.util.function.Function;

/**
 * Where a run is: it has the value that the next stage needs, or it has ended.
 *
 * @param value what the stage found out, if the run goes on
 * @param ending how the run ended, if it did
 */
record Stage<T>(Optional<T> value, Optional<Ending> ending) {
  static <T> Stage<T> of(T value) {
    return new Stage<>(Optional.of(value), Optional.empty());
  }

  static <T> Stage<T> ended(Ending ending) {
    return new Stage<>(Optional.empty(), Optional.of(ending));
  }

  /** Goes on to the next stage, unless the run has ended. */
  <U> Stage<U> then(Function<T, Stage<U>> next) {
    return value.map(next).orElseGet(() -> ended(ending.orElseThrow()));
  }

  /** Goes on to the last stage, unless the run has ended, and returns how the run ends. */
  Ending finish(Function<T, Ending> last) {
    return value.map(last).orElseGet(ending::orElseThrow);
  }
}
