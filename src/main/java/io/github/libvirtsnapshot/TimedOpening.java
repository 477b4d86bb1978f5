package io.github.libvirtsnapshot;

import com.google.common.base.Throwables;
import com.google.common.base.VerifyException;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Opens one connection on a thread of its own, as nothing can interrupt libvirt. If that takes too
 * long, the thread closes the connection as soon as it is open, and ends.
 */
final class TimedOpening {
  /** Opens the connection. */
  interface Opening {
    Connect open() throws LibvirtException;
  }

  private final CompletableFuture<Connect> opened = new CompletableFuture<>();

  private TimedOpening() {}

  /** Returns the open connection. An interrupt does not end the wait, and is kept. */
  static Connect open(String uri, Duration atMost, Opening opening) throws LibvirtException {
    TimedOpening timed = new TimedOpening();
    Thread thread = new Thread(() -> timed.run(opening), "libvirt-snapshot-connecting");
    thread.setDaemon(true);
    thread.start();
    return timed.await(uri, atMost);
  }

  private void run(Opening opening) {
    try {
      Connect connect = opening.open();
      if (!opened.complete(connect)) {
        connect.close();
      }
    } catch (LibvirtException | RuntimeException | Error e) {
      opened.completeExceptionally(e);
    }
  }

  private Connect await(String uri, Duration atMost) throws LibvirtException {
    try {
      return Uninterruptibles.getUninterruptibly(opened, atMost);
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (TimeoutException e) {
      opened.completeExceptionally(tooLate(uri, atMost));
      return result();
    }
  }

  /** It may have been opened right after the time was up. */
  private Connect result() throws LibvirtException {
    try {
      return Uninterruptibles.getUninterruptibly(opened);
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  private static LibvirtException tooLate(String uri, Duration atMost) {
    return LibvirtException.of(
        LibvirtError.of(
            ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
            ErrorDomain.VIR_FROM_RPC,
            LogText.quote(LogText.uriWithoutSecrets(uri))
                + " did not answer within "
                + LogText.seconds(atMost)));
  }

  private static LibvirtException failure(ExecutionException e) throws LibvirtException {
    Throwables.throwIfInstanceOf(e.getCause(), LibvirtException.class);
    Throwables.throwIfUnchecked(e.getCause());
    throw new VerifyException(e);
  }
}
