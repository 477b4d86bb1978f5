package io.github.libvirtsnapshot.integration;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs actions on a guest and observes it through src/test/python/guest_driver.py, which does not
 * use the library.
 */
final class IndependentGuestDriver implements AutoCloseable {
  private final PrivateLibvirtd libvirtd;
  private final Process python;
  private final PrintWriter requests;
  private final BufferedReader answers;

  /**
   * Starts the script.
   *
   * @param linux the directory with the Linux of make-linux.sh
   */
  IndependentGuestDriver(PrivateLibvirtd libvirtd, Path linux) throws IOException {
    this.libvirtd = libvirtd;
    python =
        new ProcessBuilder(
                "/usr/bin/python3",
                "-B",
                Path.of("src/test/python/guest_driver.py").toString(),
                libvirtd.qemu(),
                libvirtd.directory().toString(),
                linux.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    requests =
        new PrintWriter(
            new OutputStreamWriter(python.getOutputStream(), StandardCharsets.UTF_8), true);
    answers =
        new BufferedReader(new InputStreamReader(python.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Sends an action and its arguments to the script, and returns the answer. */
  Map<String, String> perform(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : "\t").append(word);
    }
    requests.println(line);
    try {
      Map<String, String> answer = new LinkedHashMap<>();
      while (true) {
        String next = answers.readLine();
        if (next == null) {
          throw new AssertionError("guest_driver.py ended during: " + line);
        }
        if (next.isEmpty()) {
          return answer;
        }
        int tab = next.indexOf('\t');
        answer.put(next.substring(0, tab), next.substring(tab + 1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the last five lines of libvirtd's log. */
  String log() {
    List<String> lines = libvirtd.readLog().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  @Override
  public void close() throws IOException {
    requests.close();
    python.destroy();
    answers.close();
  }
}
