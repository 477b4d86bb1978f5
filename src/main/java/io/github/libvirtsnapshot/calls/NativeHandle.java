package io.github.libvirtsnapshot.calls;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A Java object that owns one native reference. A reachability fence keeps the garbage collector
 * from collecting the handle, and so from releasing the reference, during a call: without the
 * fence, the last use of {@code this} can be long before the native code returns.
 *
 * @param <X> the exception for a call that failed
 */
public abstract class NativeHandle<P extends PointerType, X extends Exception>
    implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Calls<X> calls;
  private final NativeReference<P> reference;
  private final Optional<DomainIdentity> domainIdentity;
  private final Cleaner.Cleanable cleanable;

  /**
   * Takes ownership of the reference.
   *
   * @param domain the domain that the object is or belongs to, if any
   */
  @SuppressWarnings("this-escape") // The cleaner only keeps a reference to the object.
  protected NativeHandle(
      Calls<X> calls, NativeReference<P> owned, Optional<DomainIdentity> domain) {
    this.calls = calls;
    this.reference = owned;
    this.domainIdentity = domain;
    this.cleanable = CLEANER.register(this, owned::abandon);
  }

  /** Returns the calls of this handle. */
  final Calls<X> calls() {
    return calls;
  }

  /** Returns the domain that the object is or belongs to, if any. */
  final Optional<DomainIdentity> domainIdentity() {
    return domainIdentity;
  }

  /** Passes the pointer to a function; the pointer stays valid until the function returns. */
  protected final <R, Y extends Exception> R use(NativeReference.Use<P, R, Y> use) throws Y {
    try {
      return reference.use(use);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Makes a call that lists references, reads a value from each, and releases them.
   *
   * @param wrap converts an address to a typed pointer
   */
  protected final <Q extends PointerType, R> List<R> read(
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      NativeReference.Use<Q, R, X> read,
      ReleaseFunction<Q> release)
      throws X {
    return read(calls, list, wrap, read, release);
  }

  /** Does the same as {@link #read} with a call that takes as long as the guest needs. */
  protected final <Q extends PointerType, R> List<R> readUnwatched(
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      NativeReference.Use<Q, R, X> read,
      ReleaseFunction<Q> release)
      throws X {
    return read(calls.unwatched(), list, wrap, read, release);
  }

  private <Q extends PointerType, R> List<R> read(
      Calls<X> listing,
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      NativeReference.Use<Q, R, X> read,
      ReleaseFunction<Q> release)
      throws X {
    PointerArrayByReference array = new PointerArrayByReference();
    int count = use(pointer -> listing.nonNegative(library -> list.list(library, pointer, array)));
    List<Q> pointers = Lists.transform(List.of(array.take(count)), wrap::apply);
    ImmutableList.Builder<R> results = ImmutableList.builder();
    try {
      for (Q pointer : pointers) {
        results.add(read.apply(pointer));
      }
      checkCount(count, pointers.size());
      return results.build();
    } finally {
      pointers.forEach(pointer -> calls.release(release, pointer));
    }
  }

  /** Throws an exception if libvirt has counted another number than it has listed. */
  protected final void checkCount(int counted, int listed) throws X {
    if (counted != listed) {
      throw calls.failure(
          "libvirt returned a count of %d for %s, but a list of %d"
              .formatted(counted, this, listed));
    }
  }

  /** Returns whether the handle is open. */
  protected final boolean isOpen() {
    return reference.isOpen();
  }

  /** Throws an {@link IllegalStateException} if the handle is closed. */
  protected final void checkOpen() {
    reference.checkOpen();
  }

  @Override
  public void close() {
    reference.close();
    cleanable.clean();
  }

  @Override
  public String toString() {
    return reference.toString();
  }
}
