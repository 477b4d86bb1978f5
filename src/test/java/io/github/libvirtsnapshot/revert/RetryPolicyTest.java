package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
  private static final RetryPolicy THREE_TIMES = new RetryPolicy(3, Duration.ofMillis(30));

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_OPERATION_TIMEOUT, busy, 1, true",
    "VIR_ERR_OPERATION_TIMEOUT, busy, 2, true",
    "VIR_ERR_OPERATION_TIMEOUT, busy, 3, false",
    "VIR_ERR_OPERATION_TIMEOUT, , 1, true",
    "VIR_ERR_CONFIG_UNSUPPORTED, disk vda already exists and is not a block device: x, 1, true",
    "VIR_ERR_OPERATION_INVALID, domain has active block job, 1, true",
    "VIR_ERR_OPERATION_INVALID, domain is not running, 1, false",
    "VIR_ERR_OPERATION_INVALID, , 1, false",
    "VIR_ERR_CONFIG_UNSUPPORTED, not supported yet, 1, false",
    "VIR_ERR_CONFIG_UNSUPPORTED, , 1, false",
    "VIR_ERR_INTERNAL_ERROR, already exists and is not a block device, 1, false",
  })
  void onlyTemporaryErrorsAreRetried(
      ErrorNumber code, String message, int attempts, boolean allowed) {
    LibvirtError error = LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, message);

    assertEquals(allowed, THREE_TIMES.allows(Exceptions.of(error), attempts));
    assertFalse(RetryPolicy.NEVER.allows(Exceptions.of(error), attempts));
  }

  @Test
  void exceptionsOfOtherCodeAreNotRetried() {
    assertFalse(THREE_TIMES.allows(new IllegalStateException("busy"), 1));
  }

  @Test
  void limitsAreInclusive() {
    assertEquals(1, new RetryPolicy(1, Duration.ZERO).attempts());
    assertEquals(RetryPolicy.LONGEST, new RetryPolicy(1, RetryPolicy.LONGEST).delay());
  }

  @Test
  void waitsForTheDelay() {
    long start = System.nanoTime();

    assertTrue(THREE_TIMES.waits());

    assertTrue(System.nanoTime() - start >= Duration.ofMillis(30).toNanos());
  }

  @Test
  void interruptEndsTheWaitAndStaysSet() {
    Thread.currentThread().interrupt();

    assertFalse(new RetryPolicy(2, RetryPolicy.LONGEST).waits());

    assertTrue(Thread.interrupted());
  }
}
