package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the scripts as root, with files and folders of other users, and with fake downloads. */
@Tag("any-jdk")
@Tag("root")
@Timeout(300)
class RootScriptsIT {
  /** A fake debootstrap, which creates a minimal system with busybox. */
  private static final String DEBOOTSTRAP =
      """
      #!/bin/sh -eu
      echo "$@" > %1$s/debootstrap.log
      for argument; do
        case $argument in
          /*) root=$argument ;;
        esac
      done
      stat -c 'folder: %%U %%A' "$(dirname "$root")" >> %1$s/debootstrap.log
      cd "$root"
      mkdir -p bin usr/bin usr/sbin etc/apt/apt.conf.d etc/sudoers.d proc dev sys root home/tester
      cp /bin/busybox bin/
      for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "bin/$applet"
      done
      for command in apt-get update-ca-certificates; do
        printf '#!/bin/sh\n' > "usr/sbin/$command"
        chmod 755 "usr/sbin/$command"
      done
      echo root:x:0:0::/root:/bin/sh > etc/passwd
      echo tester:x:1234:1234::/home/tester:/bin/sh >> etc/passwd
      chown 1234:1234 home/tester
      """;

  private static final String DPKG_DEB =
      """
      #!/bin/sh -eu
      mkdir -p "$3/usr/share/keyrings"
      echo keys > "$3/usr/share/keyrings/ubuntu-archive-keyring.gpg"
      """;

  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("scripts");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void removeFolder() throws Exception {
    asRoot("rm -rf --one-file-system " + folder);
  }

  /** Runs a shell line as root, which must succeed. */
  private static void asRoot(String line) throws Exception {
    ScriptRun run = ScriptRun.asRoot("sh", "-euc", line);
    assertEquals(0, run.status(), run.output());
  }

  private ScriptRun inDistribution(String... arguments) throws Exception {
    return inDistribution(DEBOOTSTRAP, arguments);
  }

  private ScriptRun inDistribution(String debootstrap, String[] arguments) throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    command(bin.resolve("debootstrap"), debootstrap.formatted(folder));
    command(bin.resolve("apt-get"), "#!/bin/sh\n");
    command(bin.resolve("dpkg-deb"), DPKG_DEB);
    String[] command = new String[arguments.length + 4];
    command[0] = "env";
    command[1] = "PATH=" + bin + ":" + System.getenv("PATH") + ":/usr/sbin:/sbin";
    command[2] = "HOME=" + folder;
    command[3] = "src/test/in-distribution.sh";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return ScriptRun.asRoot(command);
  }

  private static void command(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String debootstrapLog() throws IOException {
    return Files.readString(folder.resolve("debootstrap.log"));
  }

  /** The user of libvirtd may have created a hard link to a file of root. */
  @Test
  void privateLibvirtdWritesAsItsUserOnly() throws Exception {
    Path target = Files.writeString(folder.resolve("target"), "not to be changed");
    Path given = folder.resolve("given");
    asRoot(
        "cd "
            + folder
            + "; chown root target; chmod 644 target; mkdir -p given/config/libvirt"
            + "; ln target given/config/libvirt/qemu.conf"
            + "; chown nobody given given/config given/config/libvirt");
    Map<String, Object> before = ScriptRun.attributes(target);

    ScriptRun run = ScriptRun.asRoot("examples/private-libvirtd.sh", given.toString());

    assertTrue(run.status() > 0, run.output());
    assertTrue(run.output().contains("config/libvirt/qemu.conf: Permission denied"), run.output());
    assertEquals(before, ScriptRun.attributes(target));
  }

  @Test
  void privateLibvirtdRejectsAFolderOfAnotherUser() throws Exception {
    assertKeepsItsOwner("chown 65533 given", "belongs to UNKNOWN");
  }

  @Test
  void privateLibvirtdRejectsAFolderWithFilesOfRoot() throws Exception {
    assertKeepsItsOwner("chown root given; touch given/file", "belongs to root and is not empty");
  }

  private void assertKeepsItsOwner(String commands, String reason) throws Exception {
    Path given = Files.createDirectory(folder.resolve("given"));
    asRoot("cd " + folder + "; " + commands);
    Map<String, Object> before = ScriptRun.attributes(given);

    ScriptRun run = ScriptRun.asRoot("examples/private-libvirtd.sh", given.toString());

    assertEquals(1, run.status(), run.output());
    assertTrue(run.output().contains(given + " " + reason), run.output());
    assertEquals(before, ScriptRun.attributes(given));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "install -d -o nobody -m 700 \"$0\"",
        "install -d -o root -m 755 \"$0\"",
        "mkdir \"$1\"; ln -s \"$1\" \"$0\""
      })
  void inDistributionRejectsAFolderThatOthersCanEnter(String made) throws Exception {
    String name = "nosuch" + UUID.randomUUID().toString().replaceAll("[^a-f]", "");
    Path kept = Path.of("/tmp/libvirt-snapshot-" + name);
    Path target = folder.resolve("target");
    ScriptRun.asRoot("sh", "-euc", made, kept.toString(), target.toString());
    try {
      Map<String, Object> before = ScriptRun.attributes(kept.toRealPath());

      ScriptRun run = inDistribution("--keep", name, "true");

      assertTrue(run.status() > 0, run.output());
      assertTrue(run.output().contains(kept + " is not a folder of root's"), run.output());
      assertEquals(before, ScriptRun.attributes(kept.toRealPath()));
      assertFalse(Files.exists(folder.resolve("debootstrap.log")), run.output());
    } finally {
      asRoot("rm -rf --one-file-system " + kept);
    }
  }

  @Test
  void distributionNameMustNotBeAPath() throws Exception {
    ScriptRun run = inDistribution("--keep", "../nosuch", "true");

    assertEquals(2, run.status(), run.output());
    assertTrue(run.output().startsWith("usage, as root:"), run.output());
  }

  @Test
  void mavenSettingsAreReadableByTheirUserOnly() throws Exception {
    Files.createDirectory(folder.resolve(".m2"));
    Files.writeString(folder.resolve(".m2/settings.xml"), "<settings/>\n");

    ScriptRun run =
        inDistribution(
            "--user",
            "bullseye",
            "stat -c '%u %a' ~/.m2 ~/.m2/settings.xml ~/project/pom.xml && cat ~/.m2/settings.xml");

    assertTrue(
        run.output().endsWith("\n1234 700\n1234 600\n1234 644\n<settings/>\n"), run.output());
    assertEquals(0, run.status(), run.output());
    assertTrue(debootstrapLog().contains("\nfolder: root drwx------\n"), debootstrapLog());
    assertTrue(
        debootstrapLog()
            .contains(
                "--force-check-gpg --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "),
        debootstrapLog());
  }

  @Test
  void signaturesOfUbuntuPackagesAreChecked() throws Exception {
    ScriptRun run = inDistribution("jammy", "echo started");

    assertTrue(run.output().endsWith("\nstarted\n"), run.output());
    assertTrue(
        debootstrapLog()
            .matches("(?s).* --force-check-gpg --keyring=/\\S+/ubuntu-archive-keyring.gpg .*"),
        debootstrapLog());
  }

  @Test
  void noCommandRunsIfTheSystemCouldNotBeInstalled() throws Exception {
    ScriptRun run =
        inDistribution(
            DEBOOTSTRAP + "echo E: Release signed by unknown key; exit 1",
            new String[] {"bullseye", "echo started"});

    assertEquals(1, run.status(), run.output());
    assertTrue(run.output().endsWith("E: Release signed by unknown key\n"), run.output());
  }
}
