package io.github.libvirtsnapshot.integration;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Runs Java programs in another JVM of the same JDK. */
public final class JavaProgram {
  /** The exit status and the output of a program. */
  record Result(int status, String out, String err) {}

  /** The programs run for a second or two: the optimizing compiler would take half of that. */
  private static final List<String> FOR_A_SHORT_RUN =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private JavaProgram() {}

  /** Joins the entries of a class path or a module path. */
  static String path(Object... entries) {
    return String.join(File.pathSeparator, Arrays.stream(entries).map(Object::toString).toList());
  }

  /** Runs the java command with these arguments, and waits until it ends. */
  static Result run(List<String> arguments) throws IOException, InterruptedException {
    return run(builder(arguments));
  }

  /** Returns a builder that starts the java command with these arguments. */
  public static ProcessBuilder builder(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FOR_A_SHORT_RUN);
    if (Runtime.version().feature() > 21) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** Returns a builder that starts a script with JAVA_HOME set to this JDK. */
  static ProcessBuilder script(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  /** Runs a program, and waits until it ends. */
  static Result run(ProcessBuilder program) throws IOException, InterruptedException {
    program.environment().put("LC_ALL", "C.UTF-8");
    Process process = program.start();
    CompletableFuture<String> err =
        CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
    String out = read(process.getInputStream());
    return new Result(process.waitFor(), out, err.join());
  }

  private static String read(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
