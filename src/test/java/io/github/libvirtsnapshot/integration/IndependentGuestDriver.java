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

/** The guest of a random walk, moved and looked at by src/test/python/world.py, not by our code. */
final class IndependentGuestDriver implements AutoCloseable {
  private final PrivateLibvirtd libvirtd;
  private final Process python;
  private final PrintWriter moves;
  private final BufferedReader answers;

  /**
   * Makes a world.
   *
   * @param linux where make-linux.sh put its Linux
   */
  IndependentGuestDriver(PrivateLibvirtd libvirtd, Path linux) throws IOException {
    this.libvirtd = libvirtd;
    python =
        new ProcessBuilder(
                "/usr/bin/python3",
                Path.of("src/test/python/world.py").toString(),
                libvirtd.qemu(),
                libvirtd.directory().toString(),
                linux.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    moves =
        new PrintWriter(
            new OutputStreamWriter(python.getOutputStream(), StandardCharsets.UTF_8), true);
    answers =
        new BufferedReader(new InputStreamReader(python.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Makes a move or takes a look, and returns what came of it. */
  Map<String, String> ask(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : "\t").append(word);
    }
    moves.println(line);
    try {
      Map<String, String> answer = new LinkedHashMap<>();
      while (true) {
        String next = answers.readLine();
        if (next == null) {
          throw new AssertionError("the world came to its end with: " + line);
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

  /** Returns the last lines that libvirtd has logged. */
  String log() {
    List<String> lines = libvirtd.readLog().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  @Override
  public void close() throws IOException {
    moves.close();
    python.destroy();
    answers.close();
  }
}
