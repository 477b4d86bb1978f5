package io.github.libvirtsnapshot;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterators;
import com.google.common.collect.Lists;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.calls.NativeHandle;
import io.github.libvirtsnapshot.calls.NativeReference;
import io.github.libvirtsnapshot.calls.ReleaseFunction;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** A handle of the API: its calls throw {@link LibvirtException}. */
abstract class Handle<P extends PointerType> extends NativeHandle<P, LibvirtException> {
  final LibvirtCalls calls;

  /** Takes the pointer's reference over. */
  Handle(LibvirtCalls calls, P pointer, ReleaseFunction<P> release, String description) {
    super(calls, new NativeReference<>(calls.natively(), pointer, release, description));
    this.calls = calls;
  }

  /** Makes a call that reports a failure by a null result. */
  final <R> R nonNull(BiFunction<LibvirtLibrary, P, R> call) throws LibvirtException {
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
  final <R> R creation(BiFunction<LibvirtLibrary, P, R> call) throws LibvirtException {
    return use(pointer -> calls.unwatched().nonNull(library -> call.apply(library, pointer)));
  }

  /** Makes a call that can't fail and does not leave the client. */
  final <R> R local(BiFunction<LibvirtLibrary, P, R> call) throws LibvirtException {
    return use(pointer -> call.apply(calls.library(), pointer));
  }

  /** Makes a call that answers 1 for yes and 0 for no. */
  final boolean yesOrNo(BiFunction<LibvirtLibrary, P, Integer> call) throws LibvirtException {
    return nonNegative(call) == 1;
  }

  /**
   * Makes a call that lists references, and makes handles of them; if that fails, none is kept.
   *
   * @param wrap gives an address its type
   * @param adopt makes a handle that owns the reference, or gives the reference back and throws
   * @param release gives back a reference that no handle owns yet
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
    try {
      while (pointers.hasNext()) {
        handles.add(adopt.adopt(calls, wrap.apply(pointers.next())));
      }
      checkCount(count, handles.build().size());
    } catch (LibvirtException | RuntimeException | Error e) {
      handles.build().forEach(Handle::close);
      while (pointers.hasNext()) {
        calls.release(release, wrap.apply(pointers.next()));
      }
      throw e;
    }
    return handles.build();
  }

  /**
   * Makes a call that lists references, reads something of each, and gives them back.
   *
   * @param wrap gives an address its type
   */
  final <Q extends PointerType, R> List<R> read(
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      NativeReference.Use<Q, R, LibvirtException> read,
      ReleaseFunction<Q> release)
      throws LibvirtException {
    PointerArrayByReference array = new PointerArrayByReference();
    int count = nonNegative((library, pointer) -> list.list(library, pointer, array));
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

  private void checkCount(int counted, int listed) throws LibvirtException {
    if (counted != listed) {
      throw new LibvirtException(
          LibvirtError.none(
              "libvirt counts %d for %s, but lists %d".formatted(counted, this, listed)));
    }
  }

  /** Adds a native reference, and returns the address that it is for. */
  final Pointer share(BiFunction<LibvirtLibrary, P, Integer> addReference) throws LibvirtException {
    return addReference(addReference).getPointer();
  }

  /** Adds a native reference, which is the caller's to give back. */
  final P addReference(BiFunction<LibvirtLibrary, P, Integer> function) throws LibvirtException {
    return use(pointer -> calls.addReference(function, pointer));
  }

  /**
   * Gives the native reference back, at once or when the last call that is using it returns; a call
   * in flight is neither ended nor waited for. Closing again does nothing. Any other call on a
   * closed handle is an {@link IllegalStateException}.
   */
  @Override
  public final void close() {
    super.close();
  }

  /** A libvirt function that lists references. */
  interface ListFunction<P> {
    int list(LibvirtLibrary library, P pointer, PointerArrayByReference array);
  }

  /** Makes a handle of a reference. */
  interface AdoptFunction<Q, H> {
    H adopt(LibvirtCalls calls, Q pointer) throws LibvirtException;
  }
}
