package io.github.libvirtsnapshot.integration;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * The part of a virtiofsd that QEMU needs to start a guest: it answers the requests of the
 * vhost-user protocol, and serves no files. The real one requires root, and not every host has one.
 */
final class VirtiofsBackend implements AutoCloseable {
  private static final int GET_FEATURES = 1;
  private static final int GET_PROTOCOL_FEATURES = 15;
  private static final int GET_QUEUE_NUM = 17;

  private static final int REPLY = 5;
  private static final int NEEDS_REPLY = 8;

  /** Version 1 of virtio, and that the protocol has features of its own. */
  private static final long FEATURES = 1L << 32 | 1L << 30;

  /** Several queues, replies to each request, and slots for any amount of memory. */
  private static final long PROTOCOL_FEATURES = 1L | 1L << 3 | 1L << 19;

  private final Path socket;
  private final ServerSocketChannel server;

  private VirtiofsBackend(Path socket, ServerSocketChannel server) {
    this.socket = socket;
    this.server = server;
  }

  /** Creates the socket, and serves one guest after the other until this is closed. */
  static VirtiofsBackend listening(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    VirtiofsBackend backend = new VirtiofsBackend(socket, server);
    Thread thread = new Thread(backend::serve, "virtiofs");
    thread.setDaemon(true);
    thread.start();
    return backend;
  }

  Path socket() {
    return socket;
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel guest = server.accept()) {
        while (true) {
          answer(guest);
        }
      } catch (IOException e) {
        // The guest has ended, or the backend is closed.
      }
    }
  }

  private static void answer(SocketChannel guest) throws IOException {
    ByteBuffer header = read(guest, 12);
    int request = header.getInt();
    int flags = header.getInt();
    read(guest, header.getInt());
    switch (request) {
      case GET_FEATURES -> reply(guest, request, FEATURES);
      case GET_PROTOCOL_FEATURES -> reply(guest, request, PROTOCOL_FEATURES);
      case GET_QUEUE_NUM -> reply(guest, request, 2);
      default -> {
        if ((flags & NEEDS_REPLY) != 0) {
          reply(guest, request, 0);
        }
      }
    }
  }

  private static ByteBuffer read(SocketChannel guest, int size) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (guest.read(bytes) < 0) {
        throw new EOFException();
      }
    }
    return bytes.flip();
  }

  private static void reply(SocketChannel guest, int request, long value) throws IOException {
    ByteBuffer reply = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    reply.putInt(request).putInt(REPLY).putInt(Long.BYTES).putLong(value).flip();
    while (reply.hasRemaining()) {
      guest.write(reply);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
