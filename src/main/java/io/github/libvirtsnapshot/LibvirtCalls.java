package io.github.libvirtsnapshot;

import static java.util.Objects.requireNonNull;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.calls.Answer;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.calls.NativeCalls;
import io.github.libvirtsnapshot.calls.ReleaseFunction;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls libvirt, and throws the matching exception if a call fails. */
record LibvirtCalls(NativeCalls natively) implements Calls<LibvirtException> {
  /**
   * Creates calls that need no connection. They do not wait for calls that other instances make.
   */
  LibvirtCalls(LibvirtLibrary library) {
    this(new NativeCalls(library));
  }

  /** Creates calls through the connection that a call returns. */
  static LibvirtCalls through(
      LibvirtLibrary library, Function<LibvirtLibrary, @Nullable ConnectPointer> connection)
      throws LibvirtException {
    LibvirtCalls calls = new LibvirtCalls(library);
    return calls.through(calls.nonNull(connection));
  }

  /** Returns the same calls through a connection. */
  LibvirtCalls through(ConnectPointer connection) {
    return new LibvirtCalls(natively.through(connection));
  }

  @Override
  public LibvirtCalls unwatched() {
    return new LibvirtCalls(natively.unwatched());
  }

  @Override
  public LibvirtLibrary library() {
    return natively.library();
  }

  @Override
  public ConnectPointer connection() {
    return requireNonNull(natively.connection(), "no connection yet");
  }

  void letOneThroughAtATime() {
    natively.letOneThroughAtATime();
  }

  @Override
  public Map<Class<?>, Object> attachments() {
    return natively.attachments();
  }

  @Override
  public void setMonitor(CallMonitor monitor) {
    natively.monitor().set(monitor);
  }

  @Override
  public <R> R nonNull(Function<LibvirtLibrary, @Nullable R> call) throws LibvirtException {
    return result(() -> natively.nonNull(call));
  }

  @Override
  public int nonNegative(Function<LibvirtLibrary, Integer> call) throws LibvirtException {
    return result(() -> natively.nonNegative(call));
  }

  /** Makes a call that adds a reference, and returns the pointer. */
  <P extends PointerType> P addReference(BiFunction<LibvirtLibrary, P, Integer> function, P pointer)
      throws LibvirtException {
    int unused = nonNegative(library -> function.apply(library, pointer));
    return pointer;
  }

  @Override
  public LibvirtException failure(String message) {
    return new LibvirtException(LibvirtError.none(message));
  }

  @Override
  public <P extends PointerType> void release(ReleaseFunction<P> function, P pointer) {
    natively.release(function, pointer);
  }

  private static <R> R result(Supplier<Answer<R>> call) throws LibvirtException {
    Answer<R> answer;
    try {
      answer = call.get();
    } catch (UnsatisfiedLinkError e) {
      throw LibvirtUnavailableException.functionMissing(e);
    }
    if (answer.error().isPresent()) {
      throw answer.lost()
          ? new ConnectionLostException(answer.error().get())
          : exception(answer.error().get());
    }
    return requireNonNull(answer.result());
  }

  /**
   * Returns the exception for an error. The error does not show whether the connection was lost.
   */
  static LibvirtException exception(LibvirtError error) {
    return switch (error.getCode()) {
      case VIR_ERR_NO_DOMAIN -> new NoSuchDomainException(error);
      case VIR_ERR_NO_DOMAIN_SNAPSHOT -> new NoSuchSnapshotException(error);
      case VIR_ERR_SNAPSHOT_REVERT_RISKY -> new RevertRiskyException(error);
      case VIR_ERR_AGENT_UNRESPONSIVE, VIR_ERR_AGENT_COMMAND_TIMEOUT ->
          new AgentUnresponsiveException(error);
      default -> new LibvirtException(error);
    };
  }
}
