package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Calls libvirt, and prints the native libraries that the process has loaded. */
public final class LoadedLibrariesProbe {
  private LoadedLibrariesProbe() {}

  /** Prints the path of each library on a line. */
  public static void main(String[] arguments) throws Exception {
    try (Connect connect = new Connect("test:///default");
        Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      System.out.println(connect.getType());
      maps.filter(line -> line.contains(".so"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .forEach(System.out::println);
    }
  }
}
