package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import io.github.libvirtsnapshot.Connect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the commands of docs/found-in-libvirt.md, and checks on which versions the defects occur.
 */
@Tag("qemu")
class FoundInLibvirtIT {
  private static final List<String> MEASURED = List.of("9.0.0", "11.3.0", "12.8.0");
  private static final Pattern FINDING =
      Pattern.compile(
          "## (.+)\\n\\nSeen on: (.+)\\n\\n```sh\\n([^`]+)```\\n\\nIt shows: `([^`]+)`");

  /** Shell functions that the commands of the page use. */
  private static final String PRELUDE =
      """
      qemu-img() { command qemu-img "$@" && (chown --reference "$DIR" "$DIR"/*.qcow2 "$DIR"/*.iso 2> /dev/null; true); }
      virsh() { command virsh -q -c "$URI" "$@" 2>&1; }
      content() { qemu-io -U -r -c "read -v 0 1" "$1" | sed -nE 's/^0+:  (..).*/content \\1/p'; }
      """;

  /** A finding on the page, with the affected versions. */
  record Finding(String title, List<String> affectedVersions, String commands, String symptom) {
    @Override
    public String toString() {
      return title;
    }
  }

  static List<Finding> findings() throws Exception {
    String page = Files.readString(Path.of("docs/found-in-libvirt.md"));
    Matcher matcher = FINDING.matcher(page);
    List<Finding> findings = new ArrayList<>();
    while (matcher.find()) {
      findings.add(
          new Finding(
              matcher.group(1),
              Splitter.on(", ").splitToList(matcher.group(2)),
              matcher.group(3),
              matcher.group(4)));
    }
    assertEquals(page.lines().filter(line -> line.startsWith("## ")).count(), findings.size());
    return findings;
  }

  @ParameterizedTest
  @MethodSource("findings")
  void onlyListedVersionsAreAffected(Finding finding) throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.startedWithDefaultSettings()) {
      String version;
      try (Connect connect = new Connect(libvirtd.qemu())) {
        version = Guests.libvirtVersion(connect);
        connect.domainDefineXML(Guests.qemuXml("guest", libvirtd.disk("guest"))).close();
      }
      String output = run(libvirtd, finding.commands());
      boolean affected = output.contains(finding.symptom());
      if (MEASURED.contains(version)) {
        assertEquals(finding.affectedVersions().contains(version), affected, output);
      } else if (!affected) {
        System.out.println("not reproduced on libvirt " + version + ": " + finding);
      }
    }
  }

  private static String run(PrivateLibvirtd libvirtd, String commands) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", PRELUDE + commands);
    builder.environment().put("DIR", libvirtd.directory().toString());
    builder.environment().put("URI", libvirtd.qemu());
    Process bash = builder.redirectErrorStream(true).start();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    bash.waitFor();
    return output;
  }
}
