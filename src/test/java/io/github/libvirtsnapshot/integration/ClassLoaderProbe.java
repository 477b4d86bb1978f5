package io.github.libvirtsnapshot.integration;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program like an application server: class loaders with the library are created and dropped. JNA
 * is in a class loader that stays, because a thread of JNA keeps a reference to its class loader.
 * The program prints whether a class loader that used the library is collected, and whether another
 * one still works after that.
 *
 * <p>The arguments are the name of the class that uses the library, the jar of JNA, and the other
 * entries of the class path.
 */
public final class ClassLoaderProbe {
  private static final int ROUNDS = 100;

  /** A name, because the class path of this program does not have the library. */
  private final String task;

  private ClassLoaderProbe(String task) {
    this.task = task;
  }

  /** Uses the library in two class loaders, drops one, and prints the results. */
  public static void main(String[] arguments) throws Exception {
    List<String> paths = List.of(arguments).subList(1, arguments.length);
    new ClassLoaderProbe(arguments[0]).probe(paths);
  }

  private void probe(List<String> paths) throws Exception {
    ClassLoader jna =
        new URLClassLoader(urls(paths.subList(0, 1)), ClassLoader.getPlatformClassLoader());
    URL[] library = urls(paths.subList(1, paths.size()));
    try (URLClassLoader other = used(library, jna)) {
      WeakReference<ClassLoader> dropped = dropped(library, jna);
      for (int round = 0; round < ROUNDS && dropped.get() != null; round++) {
        System.gc();
        TimeUnit.MILLISECONDS.sleep(50);
      }
      System.out.println(dropped.get() == null ? "collected" : "not collected");
      use(other);
      System.out.println("the other class loader works");
    }
  }

  private WeakReference<ClassLoader> dropped(URL[] library, ClassLoader jna) throws Exception {
    try (URLClassLoader loader = used(library, jna)) {
      return new WeakReference<>(loader);
    }
  }

  private static URL[] urls(List<String> paths) throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String path : paths) {
      urls.add(new File(path).toURI().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  private URLClassLoader used(URL[] library, ClassLoader jna) throws Exception {
    URLClassLoader loader = new URLClassLoader(library, jna);
    use(loader);
    return loader;
  }

  /** Runs the task on a new thread, so that no thread-local of the library stays in this thread. */
  private void use(URLClassLoader loader) throws Exception {
    Runnable instance = (Runnable) loader.loadClass(task).getConstructor().newInstance();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread = new Thread(instance);
    thread.setContextClassLoader(loader);
    thread.setUncaughtExceptionHandler((ended, e) -> failure.set(e));
    thread.start();
    thread.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }
}
