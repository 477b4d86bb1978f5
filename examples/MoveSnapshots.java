import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.archive.ArchiveException;
import io.github.libvirtsnapshot.archive.SnapshotArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Writes the metadata of a domain's snapshots to a file, and adds the snapshots in a file to a
 * domain: {@code MoveSnapshots save|restore URI DOMAIN FILE}. Only the user can read the file,
 * because it contains the passwords of the domain.
 */
public final class MoveSnapshots {
  private MoveSnapshots() {}

  /** Saves or restores, as the first argument says. */
  public static void main(String[] args) throws LibvirtException, IOException {
    if (args.length != 4 || !args[0].matches("save|restore")) {
      System.err.println("usage: MoveSnapshots save|restore URI DOMAIN FILE");
      System.exit(2);
    }
    Path file = Path.of(args[3]);
    try (Connect connect = new Connect(args[1]);
        Domain domain = connect.domainLookupByName(args[2])) {
      if (args[0].equals("save")) {
        save(domain, file);
      } else {
        restore(domain, file);
      }
    } catch (ArchiveException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void save(Domain domain, Path file) throws LibvirtException, IOException {
    SnapshotArchive archive = SnapshotArchive.of(domain);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, archive.toText());
    System.out.println(archive);
  }

  private static void restore(Domain domain, Path file) throws LibvirtException, IOException {
    System.out.println(SnapshotArchive.parse(Files.readString(file)).restoreTo(domain));
  }
}
