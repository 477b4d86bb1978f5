package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Wraps a libvirt, and counts the references that it returns and that callers release. If a caller
 * releases a reference once too often, the call is not passed on, since libvirt would crash, and
 * {@link #assertBalanced} fails.
 */
public final class CountingLibvirt implements InvocationHandler {
  private static final Set<String> LENDING =
      Set.of("virDomainGetConnect", "virDomainSnapshotGetConnect", "virDomainSnapshotGetDomain");
  private static final Set<String> STATS =
      Set.of("virDomainListGetStats", "virConnectGetAllDomainStats");
  private static final Set<String> REFERRING =
      Set.of("virConnectRef", "virDomainRef", "virDomainSnapshotRef");
  private static final Pattern LISTING = Pattern.compile(".*ListAll.*|virDomainInterfaceAddresses");
  private static final Pattern RELEASING = Pattern.compile("virConnectClose|vir\\w+Free");

  private final LibvirtLibrary libvirt;
  private final Map<Pointer, Integer> held = new ConcurrentHashMap<>();
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong releasedTooOften = new AtomicLong();

  private CountingLibvirt(LibvirtLibrary libvirt) {
    this.libvirt = libvirt;
  }

  /** Returns a wrapper of a libvirt; {@link #library} is the libvirt to use. */
  public static CountingLibvirt of(LibvirtLibrary libvirt) {
    return new CountingLibvirt(libvirt);
  }

  /** Returns the libvirt to use. */
  public LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
  }

  /** Returns the number of references that libvirt has returned so far. */
  public long given() {
    return given.get();
  }

  /** Returns the number of references that are not released yet. */
  public int out() {
    return held.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Fails unless each reference was released exactly once. */
  public void assertBalanced() {
    assertEquals(0, releasedTooOften.get(), "references that were released too often");
    assertEquals(Map.of(), held, "references that were not released");
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    String name = method.getName();
    if (RELEASING.matcher(name).matches() && !release(address(arguments[0]))) {
      return method.getReturnType() == int.class ? -1 : null;
    }
    Object result;
    try {
      result = method.invoke(libvirt, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (result instanceof PointerType pointer && !LENDING.contains(name)) {
      give(pointer.getPointer());
    } else if (REFERRING.contains(name) && result.equals(0)) {
      give(((PointerType) arguments[0]).getPointer());
    } else if (LISTING.matcher(name).matches() && (int) result > 0) {
      giveAll(((PointerArrayByReference) arguments[1]).getValue(), (int) result);
    }
    if (STATS.contains(name)) {
      Pointer records = ((Pointer) arguments[2]).getPointer(0);
      if (records != null) {
        give(records);
      }
    }
    return result;
  }

  private static Pointer address(Object argument) {
    return argument instanceof PointerType pointer ? pointer.getPointer() : (Pointer) argument;
  }

  /** The count may be wrong; the array ends with a null then. */
  private void giveAll(Pointer array, int count) {
    for (long i = 0; array != null && i < count; i++) {
      Pointer element = array.getPointer(i * Native.POINTER_SIZE);
      if (element == null) {
        return;
      }
      give(element);
    }
  }

  private void give(Pointer pointer) {
    given.incrementAndGet();
    held.merge(pointer, 1, Integer::sum);
  }

  private boolean release(Pointer pointer) {
    boolean[] wasOut = new boolean[1];
    held.computeIfPresent(
        pointer,
        (key, count) -> {
          wasOut[0] = true;
          return count == 1 ? null : count - 1;
        });
    if (!wasOut[0]) {
      releasedTooOften.incrementAndGet();
    }
    return wasOut[0];
  }
}
