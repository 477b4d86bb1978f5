package command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text in UTF-8 that a command is given; its messages name the file. */
public final class InputFile {
  /** In bytes: more than a run over 20,000 domains prints. */
  private static final int LARGEST = 1 << 24;

  private InputFile() {}

  /** Reads a regular file. */
  public static String read(Path file) throws IOException {
    checkRegular(file, "");
    return read(Files::newInputStream, file);
  }

  /** Reads a regular file, or the standard input if the file is named {@code -}. */
  public static String readOrStandardInput(Path file) throws IOException {
    if (file.toString().equals("-")) {
      return read(name -> System.in, file);
    }
    checkRegular(file, "; - is standard input");
    return read(Files::newInputStream, file);
  }

  private static void checkRegular(Path file, String otherwise) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          SafeText.quote(file) + " is no regular file, or does not exist" + otherwise);
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
      throw new IOException(SafeText.quote(file) + " can't be read: " + e, e);
    }
    if (bytes.length > LARGEST) {
      throw new IOException(SafeText.quote(file) + " is larger than " + LARGEST + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(SafeText.quote(file) + " is not in UTF-8", e);
    }
  }
}
