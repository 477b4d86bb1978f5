package io.github.libvirtsnapshot;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterators;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.calls.DomainIdentity;
import io.github.libvirtsnapshot.calls.ListFunction;
import io.github.libvirtsnapshot.calls.NativeHandle;
import io.github.libvirtsnapshot.calls.NativeReference;
import io.github.libvirtsnapshot.calls.ReleaseFunction;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A handle whose methods throw {@link LibvirtException}. */
abstract class Handle<P extends PointerType> extends NativeHandle<P, LibvirtException> {
  final LibvirtCalls calls;

  /**
   * Takes ownership of the pointer's reference.
   *
   * @param domain the domain that the object is or belongs to, if any
   */
  Handle(
      LibvirtCalls calls,
      P pointer,
      ReleaseFunction<P> release,
      String description,
      Optional<DomainIdentity> domain) {
    super(calls, new NativeReference<>(calls.natively(), pointer, release, description), domain);
    this.calls = calls;
  }

  /** Makes a call that reports a failure by a null result. */
  final <R> R nonNull(BiFunction<LibvirtLibrary, P, @Nullable R> call) throws LibvirtException {
    return use(pointer -> calls.nonNull(library -> call.apply(library, pointer)));
  }

  /** Makes a call that reports a failure by a negative result. */
  final int nonNegative(BiFunction<LibvirtLibrary, P, Integer> call) throws LibvirtException {
    return use(pointer -> calls.nonNegative(library -> call.apply(library, pointer)));
  }

  /**
   * Makes a call that takes as long as the host or a guest needs, and reports a failure by a
   * negative result.
   */
  final int operation(BiFunction<LibvirtLibrary, P, Integer> call) throws LibvirtException {
    return use(pointer -> calls.unwatched().nonNegative(library -> call.apply(library, pointer)));
  }

  /**
   * Makes a call that takes as long as the host or a guest needs, and reports a failure by a null
   * result.
   */
  final <R> R creation(BiFunction<LibvirtLibrary, P, @Nullable R> call) throws LibvirtException {
    return use(pointer -> calls.unwatched().nonNull(library -> call.apply(library, pointer)));
  }

  /** Makes a call that can't fail and does not leave the client. */
  final <R> R local(BiFunction<LibvirtLibrary, P, R> call) throws LibvirtException {
    return use(pointer -> call.apply(calls.library(), pointer));
  }

  /** Makes a call that returns 1 for yes and 0 for no. */
  final boolean yesOrNo(BiFunction<LibvirtLibrary, P, Integer> call) throws LibvirtException {
    return nonNegative(call) == 1;
  }

  /**
   * Makes a call that lists references, and creates a handle for each; on failure, releases all of
   * them.
   *
   * @param wrap converts an address to a typed pointer
   * @param adopt creates a handle that owns the reference, or releases the reference and throws
   * @param release releases a reference that no handle owns yet
   */
  final <Q extends PointerType, H extends Handle<Q>> List<H> list(
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      AdoptFunction<Q, H> adopt,
      ReleaseFunction<Q> release)
      throws LibvirtException {
    PointerArrayByReference array = new PointerArrayByReference();
    int count = nonNegative((library, pointer) -> list.list(library, pointer, array));
    Iterator<Pointer> pointers = Iterators.forArray(array.take(count));
    ImmutableList.Builder<H> handles = ImmutableList.builder();
    Cleanup.afterFailure(
        () -> {
          while (pointers.hasNext()) {
            handles.add(adopt.adopt(calls, wrap.apply(pointers.next())));
          }
          checkCount(count, handles.build().size());
        },
        failure -> {
          handles.build().forEach(Handle::close);
          while (pointers.hasNext()) {
            calls.release(release, wrap.apply(pointers.next()));
          }
        });
    return handles.build();
  }

  /** Adds a native reference, and returns the address of the object. */
  final Pointer share(BiFunction<LibvirtLibrary, P, Integer> addReference) throws LibvirtException {
    return addReference(addReference).getPointer();
  }

  /** Adds a native reference, which the caller has to release. */
  final P addReference(BiFunction<LibvirtLibrary, P, Integer> function) throws LibvirtException {
    return use(pointer -> calls.addReference(function, pointer));
  }

  /**
   * Releases the native reference: immediately, or when the last call in progress that uses it
   * returns. This method neither ends such a call nor waits for it. Closing a closed handle does
   * nothing; any other call on a closed handle throws an {@link IllegalStateException}.
   */
  @Override
  public final void close() {
    super.close();
  }

  /** Creates a handle that owns a reference. */
  interface AdoptFunction<Q, H> {
    H adopt(LibvirtCalls calls, Q pointer) throws LibvirtException;
  }
}
