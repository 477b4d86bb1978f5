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
 * A program as an application server is one: the library is in class loaders that come and go, and
 * JNA in one that stays, as JNA has a thread that keeps its own. It prints whether a class loader
 * that used the library is collected, and whether another one still works then.
 *
 * <p>The arguments are the name of the class that uses it, the jar of JNA, and what else the
 * library needs as a class path.
 */
public final class ClassLoaderProbe {
  private static final int ROUNDS = 100;

  /** This class loader does not have what it needs. */
  private final String user;

  private ClassLoaderProbe(String user) {
    this.user = user;
  }

  /** Uses two class loaders, and drops one. */
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
      System.out.println(dropped.get() == null ? "collected" : "still there");
      use(other);
      System.out.println("the other one works");
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

  /** Uses it on a thread that ends, so that nothing of it stays in this one. */
  private void use(URLClassLoader loader) throws Exception {
    Runnable probe = (Runnable) loader.loadClass(user).getConstructor().newInstance();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread = new Thread(probe);
    thread.setContextClassLoader(loader);
    thread.setUncaughtExceptionHandler((ended, e) -> failure.set(e));
    thread.start();
    thread.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }
}
