package command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads UTF-8 text that the user passes to a command; each error message names the file. */
public final class InputFile {
  /** The limit in bytes: more than the output of a run over 20,000 domains. */
  private static final int LARGEST = 1 << 24;

  private InputFile() {}

  /** Reads a regular file. */
  public static String read(Path file) throws IOException {
    checkRegular(file);
    return read(Files::newInputStream, file);
  }

  /** Reads a regular file, or standard input if the file is named {@code -}. */
  public static String readOrStandardInput(Path file) throws IOException {
    if (file.toString().equals("-")) {
      return read(name -> System.in, file);
    }
    checkRegular(file);
    return read(Files::newInputStream, file);
  }

  private static void checkRegular(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          SafeText.quote(file)
              + (Files.notExists(file) ? " does not exist" : " is not a regular file"));
    }
  }

  private interface Source {
    InputStream open(Path file) throws IOException;
  }

  private static String read(Source source, Path file) throws IOException {
    byte[] bytes;
    try (InputStream stream = source.open(file)) {
      bytes = stream.readNBytes(LARGEST + 1);
    } catch (IOException e) {
      throw new IOException(SafeText.quote(file) + " can't be read: " + reason(e), e);
    }
    if (bytes.length > LARGEST) {
      throw new IOException(SafeText.quote(file) + " has more than " + LARGEST + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(SafeText.quote(file) + " is not in UTF-8", e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
  }
}
