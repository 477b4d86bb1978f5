package io.github.libvirtsnapshot.integration;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy between libvirt's clients and a libvirtd, which simulates a network: counts calls, delays
 * messages, and can stop forwarding.
 */
final class RpcProxy implements AutoCloseable {
  /** The size of the length field. The header follows: program, version, procedure, type. */
  private static final int LENGTH = Integer.BYTES;

  private static final int TYPE = 4 * Integer.BYTES;
  private static final int CALL = 0;
  private static final int KEEPALIVE = 0x6b656570;

  private final ServerSocketChannel server;
  private final Path libvirtd;
  private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Duration oneWay = Duration.ZERO;
  private volatile int maxCalls = Integer.MAX_VALUE;
  private volatile boolean hanging;

  private RpcProxy(ServerSocketChannel server, Path libvirtd) {
    this.server = server;
    this.libvirtd = libvirtd;
  }

  /** Listens on a socket, and forwards to the socket of a libvirtd. */
  static RpcProxy start(Path socket, Path libvirtd) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    RpcProxy proxy = new RpcProxy(server, libvirtd);
    startDaemonThread(proxy::accept);
    return proxy;
  }

  /** Delays each later round trip by this duration. */
  void setRoundTrip(Duration duration) {
    oneWay = duration.dividedBy(2);
  }

  /** Forwards this many calls; the next call stops the forwarding in both directions. */
  void hangAfter(int count) {
    maxCalls = count;
  }

  /** Returns the number of calls so far. */
  int calls() {
    return calls.get();
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void startDaemonThread(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (ClosedChannelException | SocketException e) {
                // The proxy, the client or libvirtd closed the socket.
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      SocketChannel client = server.accept();
      SocketChannel daemon = SocketChannel.open(UnixDomainSocketAddress.of(libvirtd));
      open.addAll(List.of(client, daemon));
      startDaemonThread(() -> forward(client, daemon, true));
      startDaemonThread(() -> forward(daemon, client, false));
    }
  }

  /** Forwards messages until one side is closed, and closes the other side. */
  private void forward(SocketChannel from, SocketChannel to, boolean counted) throws IOException {
    try (from;
        to) {
      ByteBuffer length = ByteBuffer.allocate(LENGTH);
      while (fill(from, length)) {
        ByteBuffer message = ByteBuffer.allocate(length.getInt(0));
        message.putInt(length.getInt(0));
        if (!fill(from, message)) {
          return;
        }
        if (counted && message.getInt(LENGTH) != KEEPALIVE && message.getInt(TYPE) == CALL) {
          hanging |= calls.incrementAndGet() > maxCalls;
        }
        if (hanging) {
          Uninterruptibles.awaitUninterruptibly(closed);
          return;
        }
        Uninterruptibles.sleepUninterruptibly(oneWay);
        message.flip();
        while (message.hasRemaining()) {
          to.write(message);
        }
        length.clear();
      }
    }
  }

  /** Returns false if the channel ends before the buffer is full. */
  private static boolean fill(SocketChannel from, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (from.read(buffer) < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    for (SocketChannel channel : open) {
      channel.close();
    }
  }
}
