package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.Calls;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.SizeT;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.jna.StreamPointer;
import java.util.Arrays;

/** A volume that can be read: only within the function that {@link StorageVolumes#use} calls. */
public final class OpenVolume {
  /** The maximum number of bytes of one {@link #read}: 1 MiB. */
  public static final int MAX_LENGTH = 1 << 20;

  private static final int NO_FLAGS = 0;

  /** About as much as libvirt sends in one message. */
  private static final int CHUNK = 1 << 18;

  private final Calls<LibvirtException> calls;
  private final ConnectPointer connection;
  private final StorageVolPointer volume;

  OpenVolume(Calls<LibvirtException> calls, ConnectPointer connection, StorageVolPointer volume) {
    this.calls = calls;
    this.connection = connection;
    this.volume = volume;
  }

  /**
   * Returns the description of the volume.
   *
   * @throws LibvirtException also if the file no longer exists
   * @see LibvirtLibrary#virStorageVolGetXMLDesc
   */
  public StorageVolume describe() throws LibvirtException {
    return StorageVolume.parse(
        calls.nonNull(library -> library.virStorageVolGetXMLDesc(volume, NO_FLAGS)).value());
  }

  /**
   * Reads bytes of the volume: those of the file, not those that a guest sees. A running guest can
   * change them at any time, also during the call. A read takes two round trips: one to start the
   * stream, and one to end it.
   *
   * @param offset the offset of the first byte
   * @param length the number of bytes, at most {@link #MAX_LENGTH}
   * @return the bytes; fewer than the length if the volume ends earlier
   * @throws LibvirtException also if the file no longer exists, the connection is read-only ({@code
   *     VIR_ERR_OPERATION_DENIED}), libvirt is still creating the volume ({@code
   *     VIR_ERR_OPERATION_INVALID}), or the driver or the type of the pool lacks this call ({@code
   *     VIR_ERR_NO_SUPPORT})
   * @see LibvirtLibrary#virStorageVolDownload
   */
  public byte[] read(long offset, int length) throws LibvirtException {
    checkArgument(offset >= 0, "offset is negative: %s", offset);
    checkArgument(
        length >= 0 && length <= MAX_LENGTH,
        "length is not between 0 and %s: %s",
        MAX_LENGTH,
        length);
    if (length == 0) {
      // libvirt would send all bytes up to the end.
      return new byte[0];
    }
    StreamPointer stream = calls.nonNull(library -> library.virStreamNew(connection, NO_FLAGS));
    try {
      int unused =
          calls.nonNegative(
              library -> library.virStorageVolDownload(volume, stream, offset, length, NO_FLAGS));
      return receiveAll(stream, length);
    } finally {
      calls.release(LibvirtLibrary::virStreamFree, stream);
    }
  }

  /** A stream that is neither finished nor aborted would stay open in libvirtd. */
  private byte[] receiveAll(StreamPointer stream, int length) throws LibvirtException {
    boolean complete = false;
    byte[] bytes;
    try {
      bytes = receive(stream, length);
      complete = true;
    } finally {
      if (!complete) {
        calls.release(LibvirtLibrary::virStreamAbort, stream);
      }
    }
    int unused = calls.nonNegative(library -> library.virStreamFinish(stream));
    return bytes;
  }

  private byte[] receive(StreamPointer stream, int length) throws LibvirtException {
    byte[] bytes = new byte[length];
    byte[] chunk = new byte[Math.min(length, CHUNK)];
    SizeT size = new SizeT(chunk.length);
    int total = 0;
    while (true) {
      int received = calls.nonNegative(library -> library.virStreamRecv(stream, chunk, size));
      if (received == 0) {
        return Arrays.copyOf(bytes, total);
      }
      if (received > chunk.length || received > length - total) {
        throw calls.failure(
            "libvirt sent more than the %d bytes that were requested of a volume"
                .formatted(length));
      }
      System.arraycopy(chunk, 0, bytes, total, received);
      total += received;
    }
  }
}
