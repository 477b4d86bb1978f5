package io.github.libvirtsnapshot.benchmark;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Reverts many domains of one host. Prints the times of a first and a second run, or the number of
 * calls of libvirt functions. {@code src/benchmark/clones.sh} runs this program:
 *
 * <pre>
 * LinkedClones time URI COUNT
 * LinkedClones calls URI COUNT
 * </pre>
 */
public final class LinkedClones {
  private LinkedClones() {}

  /** Reverts, and prints the times or the number of calls. */
  public static void main(String[] arguments) {
    if (arguments.length != 3) {
      System.err.println("usage: LinkedClones time|calls URI COUNT");
      System.exit(2);
    }
    String uri = arguments[1];
    String[] domains =
        IntStream.range(0, Integer.parseInt(arguments[2]))
            .mapToObj(i -> "vm" + i)
            .toArray(String[]::new);
    FleetReverter fleet =
        FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean")).on(uri, domains);
    if (arguments[0].equals("time")) {
      System.out.println(milliseconds(fleet) + " ms, again " + milliseconds(fleet) + " ms");
    } else {
      AtomicLong calls = new AtomicLong();
      LibvirtLibrary counting = counting(calls);
      revert(fleet.connector(host -> new Connect(counting, host)));
      System.out.println(calls);
    }
  }

  private static long milliseconds(FleetReverter fleet) {
    long begin = System.nanoTime();
    revert(fleet);
    return (System.nanoTime() - begin) / 1_000_000;
  }

  private static void revert(FleetReverter fleet) {
    FleetReport report = fleet.revert();
    if (!report.isComplete()) {
      throw new IllegalStateException(report.toString());
    }
  }

  private static LibvirtLibrary counting(AtomicLong calls) {
    LibvirtLibrary libvirt = NativeLibvirt.shared();
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            LibvirtLibrary.class.getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, args) -> {
              calls.incrementAndGet();
              return call(libvirt, method, args);
            });
  }

  private static Object call(LibvirtLibrary libvirt, Method method, Object[] args)
      throws Throwable {
    try {
      return method.invoke(libvirt, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
