package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CleanupTest {
  private final List<Throwable> cleanedUpAfter = new ArrayList<>();

  static List<Throwable> failures() {
    return List.of(
        new IOException("no such file"),
        new IllegalStateException("closed"),
        new OutOfMemoryError("no memory"));
  }

  @Test
  void resultOfAStepIsReturnedWithoutCleanup() {
    assertEquals("web01", Cleanup.afterFailure(() -> "web01", cleanedUpAfter::add));
    assertEquals(List.of(), cleanedUpAfter);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void failureReachesTheCleanupAndThenTheCaller(Throwable failure) {
    assertSame(
        failure,
        assertThrows(
            Throwable.class,
            () -> Cleanup.<Throwable>afterFailure(() -> fail(failure), cleanedUpAfter::add)));
    assertEquals(List.of(failure), cleanedUpAfter);
  }

  private static void fail(Throwable failure) throws Throwable {
    throw failure;
  }
}
