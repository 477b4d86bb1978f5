package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes the intent to a file, and reverts a domain with a safety snapshot:
 *
 * <pre>
 * RevertIntentProbe URI DOMAIN SNAPSHOT FILE
 * </pre>
 */
final class RevertIntentProbe {
  private RevertIntentProbe() {}

  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[3]);
    try (Connect connect = new Connect(arguments[0]);
        Domain domain = connect.domainLookupByName(arguments[1])) {
      SnapshotReverter.of(domain)
          .to(arguments[2])
          .withSafetySnapshot()
          .withJournal(intent -> write(intent, file))
          .revert();
    }
  }

  /** Writes atomically: a reader finds the whole file or none. */
  private static void write(RevertIntent intent, Path file) throws IOException {
    Path part = Files.writeString(file.resolveSibling("part"), intent.toText());
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
