package command;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Writes UTF-8 text to a file that the user names; each error message names the file. */
public final class OutputFile {
  private OutputFile() {}

  /** Writes a text in place of the content of the file, which is created if necessary. */
  public static void write(Path file, String text) throws IOException {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new IOException(SafeText.quote(file) + " can't be written: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e instanceof NoSuchFileException ? "its folder does not exist" : e.getMessage();
  }
}
