package command;

import io.github.libvirtsnapshot.Connect;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** The options that all commands have, and the form of their help. */
@Command(
    sortOptions = false,
    usageHelpWidth = 100,
    exitCodeListHeading = "%nexit status:%n",
    versionProvider = StandardOptions.Version.class)
public final class StandardOptions {
  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--help", order = 3, usageHelp = true, description = "print this help")
  private boolean help;

  /** Read by picocli only. */
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--version", order = 4, versionHelp = true, description = "print the version")
  private boolean version;

  /** The version of the jar that contains the library. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Connect.class.getPackage().getImplementationVersion();
      return new String[] {
        "libvirt-snapshot " + Optional.ofNullable(version).orElse("(not from a jar)")
      };
    }
  }
}
