package io.github.libvirtsnapshot.integration;

import static java.nio.charset.StandardCharsets.UTF_8;

import command.Program;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs the commands in this JVM, as if no terminal was there. The start of a JVM takes most of the
 * time of a command. {@link JavaProgram} runs what depends on the process: scripts, signals,
 * terminals, standard input and the working folder.
 */
final class CommandInThisJvm {
  private static final String TERMINAL = "example.terminal";

  private CommandInThisJvm() {}

  static Result revertDomain(String... arguments) throws Exception {
    return run("RevertDomain", arguments);
  }

  static Result revertFleet(String... arguments) throws Exception {
    return run("RevertFleet", arguments);
  }

  static Result libvirtSnapshot(String... arguments) throws Exception {
    return run("LibvirtSnapshot", arguments);
  }

  /** The programs are in no package, so that a source in a package cannot import them. */
  private static Object create(String program) throws ReflectiveOperationException {
    Constructor<?> constructor = Class.forName(program).getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private static Result run(String program, String... arguments) throws Exception {
    Logger library = Logger.getLogger("io.github.libvirtsnapshot");
    Level level = library.getLevel();
    PrintStream standardOutput = System.out;
    PrintStream standardError = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try {
      library.setLevel(Level.OFF);
      System.setProperty(TERMINAL, "false");
      System.setOut(new PrintStream(out, true, UTF_8));
      System.setErr(new PrintStream(err, true, UTF_8));
      int status = Program.execute(create(program), arguments);
      return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
    } finally {
      System.setOut(standardOutput);
      System.setErr(standardError);
      System.clearProperty(TERMINAL);
      library.setLevel(level);
    }
  }
}
