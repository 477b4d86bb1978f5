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
 * Stands between libvirt's clients and a libvirtd, as a network would: counts the calls that pass,
 * and lets each message take its time.
 */
final class RpcProxy implements AutoCloseable {
  /** The length of a message, and of its header after that: program, version, procedure, type. */
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
  private volatile int passing = Integer.MAX_VALUE;
  private volatile boolean hanging;

  private RpcProxy(ServerSocketChannel server, Path libvirtd) {
    this.server = server;
    this.libvirtd = libvirtd;
  }

  /** Listens on one socket for a libvirtd that listens on another. */
  static RpcProxy start(Path socket, Path libvirtd) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    RpcProxy proxy = new RpcProxy(server, libvirtd);
    daemon(proxy::accept);
    return proxy;
  }

  /** Lets each round trip take so much longer from now on. */
  void setRoundTrip(Duration duration) {
    oneWay = duration.dividedBy(2);
  }

  /** Lets so many calls pass, and nothing, in either direction, once one more comes. */
  void hangAfter(int count) {
    passing = count;
  }

  /** Returns how many calls have come so far. */
  int calls() {
    return calls.get();
  }

  private interface Piping {
    void run() throws IOException;
  }

  private static void daemon(Piping piping) {
    Thread thread =
        new Thread(
            () -> {
              try {
                piping.run();
              } catch (ClosedChannelException | SocketException e) {
                // It is closed, or one side is gone.
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
      daemon(() -> pipe(client, daemon, true));
      daemon(() -> pipe(daemon, client, false));
    }
  }

  /** Passes messages on until one side is closed, and closes the other. */
  private void pipe(SocketChannel from, SocketChannel to, boolean counted) throws IOException {
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
          hanging |= calls.incrementAndGet() > passing;
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

  /** Returns whether it could be filled before the end. */
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
