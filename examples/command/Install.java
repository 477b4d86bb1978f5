package command;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Installs the file that it runs from, with the completion of shells and the manual pages. */
@Command(
    name = "install",
    header = "install this program, its completion and its manual pages",
    customSynopsis = "install FOLDER",
    description = {
      "",
      "Installs this program into FOLDER/bin, its completion for bash and zsh into"
          + " FOLDER/share/bash-completion/completions, and its manual pages into"
          + " FOLDER/share/man/man1. Prints the names of these files. Replaces existing files.",
      ""
    },
    exitCodeList = {"0:installed", "2:wrong usage", "3:a file can't be written"},
    footer = {
      "",
      "examples:",
      "  install /usr/local",
      "  install ~/.local",
      "",
      "zsh does not load the completion by itself; add this line to ~/.zshrc:",
      "  source FOLDER/share/bash-completion/completions/libvirt-snapshot"
    })
public final class Install implements Callable<Integer> {
  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Mixin
  private StandardOptions standardOptions;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FOLDER", description = "the folder, such as /usr/local or ~/.local")
  private Path folder;

  private Install() {}

  @Override
  public Integer call() {
    CommandSpec program = spec.root();
    try {
      installProgram(folder.resolve("bin").resolve(program.name()));
      write(
          folder.resolve("share/bash-completion/completions").resolve(program.name()),
          AutoComplete.bash(program.name(), program.commandLine()));
      writePage(program);
      for (CommandLine subcommand : program.subcommands().values()) {
        writePage(subcommand.getCommandSpec());
      }
      return ExitStatus.DONE;
    } catch (IOException e) {
      Program.complain(spec, "nothing more is installed: " + e);
      return ExitStatus.NOT_STARTED;
    }
  }

  private static void installProgram(Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(thisJar(), target, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    System.out.println(target);
  }

  private static Path thisJar() throws IOException {
    try {
      return Path.of(Install.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private void writePage(CommandSpec command) throws IOException {
    String name = command.qualifiedName("-") + ".1";
    write(folder.resolve("share/man/man1").resolve(name), ManualPage.of(command));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.deleteIfExists(file);
    Files.writeString(file, text, StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    System.out.println(file);
  }
}
