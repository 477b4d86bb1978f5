import command.Install;
import command.Program;
import command.StandardOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * All commands as one program, {@code libvirt-snapshot}. The build writes it and everything that it
 * needs into one file, {@code target/libvirt-snapshot-VERSION-commands.jar}.
 */
@Command(
    name = "libvirt-snapshot",
    header = "revert libvirt domains to snapshots",
    customSynopsis = "libvirt-snapshot COMMAND [argument]...",
    description = {
      "",
      "Reverts libvirt domains to snapshots, and checks their state afterwards. COMMAND --help"
          + " prints the help of a command.",
      ""
    },
    commandListHeading = "%ncommands:%n",
    exitCodeList = {
      "0:done, or help was printed",
      "1 to 5:as the help of the command says; 2 is wrong usage of any command"
    },
    subcommands = {RevertDomain.class, RevertFleet.class, Install.class})
public final class LibvirtSnapshot {
  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Mixin
  private StandardOptions standardOptions;

  private LibvirtSnapshot() {}

  /** Runs a command, and exits with a status that its help text lists. */
  public static void main(String[] args) {
    Program.run(new LibvirtSnapshot(), args);
  }
}
