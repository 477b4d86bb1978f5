package command;

import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options that select the snapshot to revert to without its name. */
public class Selection {
  private static final String NEWEST = "--newest";
  private static final String PARENT = "--parent";
  private static final String MATCH = "--match";

  @Option(names = NEWEST, description = "revert to the newest snapshot, except safety snapshots")
  private boolean newest;

  @Option(names = PARENT, description = "revert to the parent of the current snapshot")
  private boolean parent;

  @Option(
      names = MATCH,
      paramLabel = "GLOB",
      description =
          "revert to the newest snapshot whose name matches GLOB, except safety snapshots; * stands"
              + " for any characters, ? for one")
  private String glob;

  /** Reads the result of {@link #toText}; empty if the text is not such a result. */
  public static Optional<Selection> parse(String text) {
    Selection selection = new Selection();
    selection.newest = text.equals(NEWEST);
    selection.parent = text.equals(PARENT);
    if (text.startsWith(MATCH + " ")) {
      selection.glob = text.substring(MATCH.length() + 1);
    }
    return Optional.of(selection).filter(read -> read.option().isPresent());
  }

  /** Returns the option that was given, and its argument; empty if there is none. */
  public final Optional<String> toText() {
    return option().map(name -> glob == null ? name : name + " " + glob);
  }

  /** Returns the name of the option that was given. */
  public Optional<String> option() {
    if (newest) {
      return Optional.of(NEWEST);
    }
    if (parent) {
      return Optional.of(PARENT);
    }
    return glob == null ? Optional.empty() : Optional.of(MATCH);
  }

  /** Selects the snapshot of a reverter; one of the options was given. */
  public SnapshotReverter applyTo(SnapshotReverter reverter) {
    if (newest) {
      return reverter.toNewest();
    }
    if (parent) {
      return reverter.toParent();
    }
    Pattern names = pattern(glob);
    return reverter.to(details -> names.matcher(details.name()).matches());
  }

  /** The first match of each part but the last is enough, so that no name takes a long time. */
  private static Pattern pattern(String glob) {
    String[] parts = glob.split("\\*", -1);
    StringBuilder regex = new StringBuilder(literal(parts[0]));
    for (int i = 1; i < parts.length - 1; i++) {
      regex.append("(?>.*?").append(literal(parts[i])).append(')');
    }
    if (parts.length > 1) {
      regex.append(".*").append(literal(parts[parts.length - 1]));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  private static String literal(String part) {
    return Arrays.stream(part.split("\\?", -1))
        .map(Pattern::quote)
        .collect(Collectors.joining("."));
  }
}
