package io.github.libvirtsnapshot.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The result of a script.
 *
 * @param status the exit status; -1 if the script was stopped because it ran longer than two
 *     minutes
 * @param output the standard output and standard error
 */
record ScriptRun(int status, String output) {
  static ScriptRun of(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("script", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(2, TimeUnit.MINUTES);
      List<ProcessHandle> children = process.descendants().toList();
      process.destroy();
      children.forEach(ProcessHandle::destroy);
      return new ScriptRun(ended ? process.exitValue() : -1, Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  /** Runs a script as root, with sudo if necessary. */
  static ScriptRun asRoot(String... command) throws IOException, InterruptedException {
    if (System.getProperty("user.name").equals("root")) {
      return of(command);
    }
    return of(Stream.concat(Stream.of("sudo"), Stream.of(command)).toArray(String[]::new));
  }

  /** Returns the owner, the group, the mode and the change time of a file. */
  static Map<String, Object> attributes(Path file) throws IOException {
    return Files.readAttributes(file, "unix:uid,gid,mode,ctime", LinkOption.NOFOLLOW_LINKS);
  }
}
