package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableSet;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.ConnectFlag;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainDefineFlag;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.TimedOpening;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.virConnectAuth;
import java.lang.ref.Reference;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a hypervisor host. It owns one native reference to the connection. Each {@link
 * Domain} and {@link DomainSnapshot} that it returns owns one too, so the handles may be closed in
 * any order; the connection ends when the last of them is closed.
 *
 * @see <a href="https://libvirt.org/uri.html">Connection URIs</a>
 */
public final class Connect extends Handle<ConnectPointer> {
  private static final int LIST_ALL = 0;
  private static final int LIST_ACTIVE = 1;
  private static final int LIST_INACTIVE = 2;

  private static final ImmutableSet<ErrorNumber> NEEDS_CREDENTIALS =
      ImmutableSet.of(
          ErrorNumber.VIR_ERR_AUTH_FAILED,
          ErrorNumber.VIR_ERR_AUTH_CANCELLED,
          ErrorNumber.VIR_ERR_AUTH_UNAVAILABLE);

  private static final @Nullable virConnectAuth NO_CREDENTIALS = null;

  /** libvirt closes a connection after 5 * (2 + 1) = 15 seconds without an answer. */
  private static final int KEEPALIVE_SECONDS = 5;

  private static final int KEEPALIVE_COUNT = 2;

  private final CloseCallback closeCallback;

  /** The first version of libvirt that can close a lost connection safely while threads use it. */
  private static final long SHARED_WHILE_LOST = 10_004_000;

  /**
   * Opens a connection that is not read-only.
   *
   * @param uri the URI of the host, as in {@code qemu:///system}
   * @see LibvirtLibrary#virConnectOpen
   */
  public Connect(String uri) throws LibvirtException {
    this(uri, false);
  }

  /**
   * Opens a connection.
   *
   * @param uri the URI of the host, as in {@code qemu:///system}
   * @param readOnly whether the connection is read-only: libvirt rejects calls that change
   *     something
   * @see LibvirtLibrary#virConnectOpen
   * @see LibvirtLibrary#virConnectOpenReadOnly
   */
  public Connect(String uri, boolean readOnly) throws LibvirtException {
    this(Libvirt.library(), uri, readOnly);
  }

  /**
   * Opens a connection for which libvirt may ask for credentials.
   *
   * @param uri the URI of the host, as in {@code qemu+tcp://host/system}
   * @param auth the source of the credentials; the library does not call it after the constructor
   *     has returned
   * @throws LibvirtException also if the host does not accept the credentials ({@code
   *     VIR_ERR_AUTH_FAILED})
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(String uri, ConnectAuth auth, ConnectFlag... flags) throws LibvirtException {
    this(
        new LibvirtCalls(Libvirt.library()),
        CStringArguments.check("uri", uri),
        checkNotNull(auth, "auth is null"),
        NativeConstants.bits(flags));
  }

  /**
   * Opens a connection within a time limit. It first {@linkplain #startEventLoop starts libvirt's
   * event loop} if the process has none, and then turns {@linkplain #setKeepAlive keepalive} on: a
   * call fails if the host does not answer for 15 seconds. A connection that does not leave this
   * process has no keepalive, and needs none.
   *
   * <p>libvirt opens the connection on a new thread, since a call of libvirt cannot be interrupted.
   * If the connection opens after the limit, that thread closes it immediately and ends. An
   * interrupt of the caller does not end the wait; the caller's thread stays interrupted.
   *
   * @param uri the URI of the host, as in {@code qemu+tls://host/system}
   * @param atMost the time limit, more than zero
   * @throws LibvirtException also if the connection is not open after that time ({@code
   *     VIR_ERR_OPERATION_TIMEOUT})
   * @throws IllegalArgumentException if the time limit is zero or less
   * @see LibvirtLibrary#virConnectOpenAuth
   * @see LibvirtLibrary#virConnectSetKeepAlive
   */
  public static Connect open(String uri, Duration atMost, ConnectFlag... flags)
      throws LibvirtException {
    return open(Libvirt.library(), uri, atMost, flags);
  }

  static Connect open(LibvirtLibrary library, String uri, Duration atMost, ConnectFlag... flags)
      throws LibvirtException {
    CStringArguments.check("uri", uri);
    checkArgument(
        checkNotNull(atMost, "atMost is null").compareTo(Duration.ZERO) > 0,
        "atMost is %s; it must be more than zero",
        LogEscaper.seconds(atMost));
    int bits = NativeConstants.bits(flags);
    return new TimedOpening<>(() -> openKeptAlive(library, uri, bits), Connect::close)
        .within(atMost)
        .orElseThrow(() -> timeout(uri, atMost));
  }

  private static LibvirtException timeout(String uri, Duration atMost) {
    return new LibvirtException(
        LibvirtError.of(
            ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
            ErrorDomain.VIR_FROM_RPC,
            LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri))
                + " did not respond within "
                + LogEscaper.seconds(atMost)));
  }

  /**
   * Opens a connection as {@link #open(String, Duration, ConnectFlag...)} does, with an event loop
   * and keepalive, but without a time limit.
   *
   * @param uri the URI of the host
   * @throws LibvirtException if the connection could not be opened
   */
  public static Connect openKeptAlive(String uri) throws LibvirtException {
    return openKeptAlive(
        Libvirt.library(), CStringArguments.check("uri", uri), NativeConstants.bits());
  }

  private static Connect openKeptAlive(LibvirtLibrary library, String uri, int flags)
      throws LibvirtException {
    LibvirtCalls calls = new LibvirtCalls(library);
    EventLoop.start(calls);
    Connect connect =
        new Connect(calls, uri, opened -> opened.virConnectOpenAuth(uri, NO_CREDENTIALS, flags));
    try {
      boolean unused = connect.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_SUPPORT) {
        connect.close();
        throw e;
      }
    }
    return connect;
  }

  /**
   * Opens a connection through another implementation of {@link LibvirtLibrary}, such as a mock.
   * Use it to test a program without libvirt.
   *
   * @param library the implementation that is called instead of libvirt
   * @param uri the argument of {@link LibvirtLibrary#virConnectOpen}
   */
  public Connect(LibvirtLibrary library, String uri) throws LibvirtException {
    this(checkNotNull(library, "library is null"), uri, false);
  }

  Connect(LibvirtLibrary library, String uri, boolean readOnly) throws LibvirtException {
    this(
        new LibvirtCalls(library),
        CStringArguments.check("uri", uri),
        readOnly
            ? opened -> opened.virConnectOpenReadOnly(uri)
            : opened -> opened.virConnectOpen(uri));
  }

  private Connect(LibvirtCalls calls, String uri, ConnectAuth auth, int flags)
      throws LibvirtException {
    this(calls, open(calls, uri, auth, flags), uri);
  }

  private Connect(
      LibvirtCalls calls, String uri, Function<LibvirtLibrary, @Nullable ConnectPointer> open)
      throws LibvirtException {
    this(calls, withoutCredentials(calls, uri, open), uri);
  }

  private Connect(LibvirtCalls calls, ConnectPointer pointer, String uri) {
    this(calls, pointer, uri, new CloseCallback());
  }

  private Connect(
      LibvirtCalls calls, ConnectPointer pointer, String uri, CloseCallback closeCallback) {
    super(
        calls.through(pointer),
        pointer,
        (library, connect) -> {
          closeCallback.unregister(library, connect);
          return library.virConnectClose(connect);
        },
        "connection " + LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)),
        Optional.empty());
    this.closeCallback = closeCallback;
  }

  /** Takes ownership of the pointer's reference, also if it throws. */
  static Connect adopt(LibvirtCalls calls, ConnectPointer pointer) throws LibvirtException {
    return Cleanup.afterFailure(
        () ->
            new Connect(
                calls,
                pointer,
                calls.nonNull(library -> library.virConnectGetURI(pointer)).value()),
        failure -> calls.release(LibvirtLibrary::virConnectClose, pointer));
  }

  /**
   * Creates a handle for a connection that another binding has opened. The handle adds its own
   * native reference, so either side may close first.
   *
   * @param pointer a {@code virConnectPtr} that stays valid until this method returns; any other
   *     pointer crashes the JVM
   * @see LibvirtLibrary#virConnectRef
   */
  public static Connect fromNative(Pointer pointer) throws LibvirtException {
    LibvirtCalls calls = new LibvirtCalls(Libvirt.library());
    ConnectPointer shared = new ConnectPointer(checkNotNull(pointer, "pointer is null"));
    return adopt(calls, calls.addReference(LibvirtLibrary::virConnectRef, shared));
  }

  /**
   * Returns a pointer for another binding.
   *
   * @return a {@code virConnectPtr} with a new native reference, which the caller has to release
   *     with virConnectClose
   * @see LibvirtLibrary#virConnectRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virConnectRef);
  }

  private static ConnectPointer withoutCredentials(
      LibvirtCalls calls, String uri, Function<LibvirtLibrary, @Nullable ConnectPointer> open)
      throws LibvirtException {
    try {
      return calls.nonNull(open);
    } catch (LibvirtException e) {
      throw needsCredentials(e.getError())
          ? withHint(e, "credentials can be given with ConnectAuth")
          : withUriHint(e, uri);
    }
  }

  /** A failed TLS handshake has the error number of a failed login. */
  private static boolean needsCredentials(LibvirtError error) {
    return NEEDS_CREDENTIALS.contains(error.getCode()) && !ConnectUri.isOfCertificates(error);
  }

  private static ConnectPointer open(LibvirtCalls calls, String uri, ConnectAuth auth, int flags)
      throws LibvirtException {
    AuthSession session = new AuthSession(auth);
    virConnectAuth structure = new virConnectAuth(auth.types(), session);
    try {
      return calls.nonNull(library -> library.virConnectOpenAuth(uri, structure, flags));
    } catch (LibvirtException e) {
      LibvirtException failure = withUriHint(e, uri);
      if (session.failure() != null) {
        failure.addSuppressed(session.failure());
      }
      throw failure;
    } finally {
      Reference.reachabilityFence(structure);
    }
  }

  private static LibvirtException withUriHint(LibvirtException failure, String uri) {
    return ConnectUri.hint(uri, failure.getError())
        .map(hint -> withHint(failure, hint))
        .orElse(failure);
  }

  private static LibvirtException withHint(LibvirtException failure, String hint) {
    return new LibvirtException(failure.getMessage() + "; " + hint, failure.getError(), null);
  }

  /**
   * Finds a domain by its name, active or not.
   *
   * @throws NoSuchDomainException if there is no domain with that name; its message lists the
   *     domains, ten at most, which takes another call
   * @see LibvirtLibrary#virDomainLookupByName
   */
  public Domain domainLookupByName(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    try {
      return domain((library, connect) -> library.virDomainLookupByName(connect, name));
    } catch (NoSuchDomainException e) {
      throw e.lookedUp(name, Tried.of(this::domainNames).value());
    }
  }

  /**
   * Finds a domain by its UUID, active or not.
   *
   * @param uuid the UUID, with or without hyphens
   * @throws NoSuchDomainException if there is no domain with that UUID
   * @see LibvirtLibrary#virDomainLookupByUUIDString
   */
  public Domain domainLookupByUUIDString(String uuid) throws LibvirtException {
    CStringArguments.check("uuid", uuid);
    return domain((library, connect) -> library.virDomainLookupByUUIDString(connect, uuid));
  }

  /**
   * Finds a domain by its UUID, active or not.
   *
   * @throws NoSuchDomainException if there is no domain with that UUID
   * @see LibvirtLibrary#virDomainLookupByUUIDString
   */
  public Domain domainLookupByUUID(UUID uuid) throws LibvirtException {
    return domainLookupByUUIDString(uuid.toString());
  }

  /**
   * Finds an active domain by the number that the hypervisor gave it.
   *
   * @throws NoSuchDomainException if there is no active domain with that number
   * @see LibvirtLibrary#virDomainLookupByID
   */
  public Domain domainLookupByID(int id) throws LibvirtException {
    return domain((library, connect) -> library.virDomainLookupByID(connect, id));
  }

  /**
   * Defines a persistent domain, or changes the definition of a domain.
   *
   * @see LibvirtLibrary#virDomainDefineXMLFlags
   */
  public Domain domainDefineXML(String xml, DomainDefineFlag... flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    int bits = NativeConstants.bits(flags);
    return domain((library, connect) -> library.virDomainDefineXMLFlags(connect, xml, bits));
  }

  /**
   * Creates and starts a transient domain, or starts a domain that is defined already.
   *
   * @see LibvirtLibrary#virDomainCreateXML
   */
  public Domain domainCreateXML(String xml, DomainCreateFlag... flags) throws LibvirtException {
    return domainCreateXML(xml, NativeConstants.bits(flags));
  }

  /**
   * Returns all domains at one moment, active or not.
   *
   * @return an immutable list; the caller has to close each domain
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public List<Domain> listAllDomains() throws LibvirtException {
    return list(LIST_ALL);
  }

  /**
   * Returns the number of active domains.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public int numOfDomains() throws LibvirtException {
    return listDomains().length;
  }

  /**
   * Returns the number of inactive domains.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public int numOfDefinedDomains() throws LibvirtException {
    return listDefinedDomains().length;
  }

  /**
   * Returns the URI of the host.
   *
   * @see LibvirtLibrary#virConnectGetURI
   */
  public String getURI() throws LibvirtException {
    return nonNull(LibvirtLibrary::virConnectGetURI).value();
  }

  /**
   * Returns the hypervisor's version as 1,000,000 * major + 1,000 * minor + release.
   *
   * @see LibvirtLibrary#virConnectGetVersion
   */
  public long getVersion() throws LibvirtException {
    return version(LibvirtLibrary::virConnectGetVersion);
  }

  /**
   * Returns the version of libvirt on the host, in the form of {@link #getVersion}.
   *
   * @see LibvirtLibrary#virConnectGetLibVersion
   */
  public long getLibVersion() throws LibvirtException {
    return version(LibvirtLibrary::virConnectGetLibVersion);
  }

  /**
   * Returns the name of libvirt's driver for the hypervisor, as in {@code QEMU} or {@code TEST}.
   *
   * @see LibvirtLibrary#virConnectGetType
   */
  public String getType() throws LibvirtException {
    return nonNull(LibvirtLibrary::virConnectGetType);
  }

  /** Returns whether this handle is open; {@link #isAlive} checks the connection itself. */
  public boolean isConnected() {
    return isOpen();
  }

  /**
   * Returns whether the connection is alive. This method calls the host, unless the client knows
   * already that the connection was lost. Without {@linkplain #setKeepAlive keepalive}, it waits as
   * long as the host hangs.
   *
   * @see LibvirtLibrary#virConnectIsAlive
   * @see LibvirtLibrary#virConnectGetLibVersion
   */
  public boolean isAlive() throws LibvirtException {
    if (!yesOrNo(LibvirtLibrary::virConnectIsAlive)) {
      return false;
    }
    try {
      long unused = getLibVersion();
    } catch (ConnectionLostException e) {
      return false;
    } catch (LibvirtException e) {
      // An error is an answer of the host.
    }
    return true;
  }

  /**
   * Starts libvirt's own event loop, unless the process has an event loop already. A connection
   * that is opened afterwards notices immediately if the other side ends; {@linkplain #setKeepAlive
   * keepalive} and {@linkplain #registerCloseCallback close callbacks} need the event loop.
   * Connections that are open already do not use it.
   *
   * <p>If the process has an event loop already, for example from another binding of libvirt, this
   * method uses that; the code that registered the event loop has to run it. libvirt's own event
   * loop runs on a native thread until the process ends. It is GLib's default main loop, which a
   * program with a GTK user interface runs itself.
   *
   * @throws LibvirtUnavailableException if libvirt or GLib cannot be found
   * @see LibvirtLibrary#virEventRegisterDefaultImpl
   * @see <a href="https://libvirt.org/html/libvirt-libvirt-event.html">libvirt-event</a>
   */
  public static void startEventLoop() throws LibvirtException {
    EventLoop.start();
  }

  /**
   * Returns the part of a URI that lets its author choose a program that libvirt runs, or a file
   * that it writes, here or on the host; empty if the URI has no such part. Use this method for
   * URIs from untrusted sources. Such parts are:
   *
   * <ul>
   *   <li>the transport {@code ext},
   *   <li>the parameter {@code command}: the program that runs instead of ssh,
   *   <li>the parameter {@code netcat}: a program that runs on the host,
   *   <li>the parameter {@code socket} with characters that a shell interprets: with ssh, a shell
   *       on the host interprets them,
   *   <li>the parameter {@code name} with another transport or with parameters: the host opens that
   *       URI,
   *   <li>the parameter {@code root}: the folder of an embedded driver, whose definitions name
   *       programs,
   *   <li>the parameter {@code known_hosts}: with libssh, libvirt appends to that file, which may
   *       be a file that a shell reads.
   * </ul>
   *
   * <p>An alias from {@code libvirt.conf} has no such part: its URI is in a file on this machine.
   *
   * @return the part, as in {@code transport ext} and {@code parameter command}
   * @see <a href="https://libvirt.org/uri.html">libvirt's connection URIs</a>
   */
  public static Optional<String> programChosenBy(String uri) {
    return ConnectUri.programChosenBy(uri);
  }

  /**
   * Turns keepalive on: libvirt checks whether the other side responds, and closes the connection
   * if it does not. A call that waits for the other side then fails with a {@link
   * ConnectionLostException}, after {@code interval * (count + 1)} seconds at most.
   *
   * <p>Keepalive needs an {@linkplain #startEventLoop event loop}, which has to exist before the
   * connection is opened. If the process has none, this method starts one, for connections that are
   * opened later. Call {@link #startEventLoop} before you open the connection.
   *
   * <p>If the libvirt of this process is older than 10.4, the connection executes only one call at
   * a time from now on, because closing a lost connection that several threads use can crash the
   * process (CVE-2024-4418). Threads that should not wait for each other need one connection each.
   *
   * @param interval the seconds without data from the other side after which libvirt sends a
   *     request; zero or less turns keepalive off
   * @param count how many requests in a row may remain unanswered, zero or more
   * @return whether the other side supports keepalive
   * @throws LibvirtException also if the connection was opened before there was an event loop, and
   *     if it does not leave this process ({@code VIR_ERR_NO_SUPPORT})
   * @see LibvirtLibrary#virConnectSetKeepAlive
   */
  public boolean setKeepAlive(int interval, int count) throws LibvirtException {
    checkArgument(count >= 0, "count is %s; it must be zero or more", count);
    if (clientVersion() < SHARED_WHILE_LOST) {
      calls.letOneThroughAtATime();
    }
    EventLoop.start(calls);
    try {
      return nonNegative(
              (library, connect) -> library.virConnectSetKeepAlive(connect, interval, count))
          == 0;
    } catch (LibvirtException e) {
      throw e.getError().getCode() == ErrorNumber.VIR_ERR_INTERNAL_ERROR ? withoutEvents(e) : e;
    }
  }

  private long clientVersion() throws LibvirtException {
    return version((library, connect, version) -> library.virGetVersion(version, null, null));
  }

  /** libvirt reports the same error for a connection without an event loop and for a lost one. */
  private LibvirtException withoutEvents(LibvirtException refused) throws LibvirtException {
    if (!yesOrNo(LibvirtLibrary::virConnectIsAlive)) {
      return new ConnectionLostException(refused.getError());
    }
    return withHint(
        refused,
        "this connection was opened before the event loop was started: close the connection and"
            + " open it again");
  }

  /**
   * Registers a callback for the end of the connection. The library calls it once, on a new thread,
   * if the connection ends without {@link #close}: soon after the end if there was an {@linkplain
   * #startEventLoop event loop} when the connection was opened, and otherwise on the next call. A
   * connection has at most one callback.
   *
   * @param callback the callback, which may call libvirt. The library logs exceptions that it
   *     throws. A callback with a reference to this handle keeps the handle from being garbage
   *     collected
   * @throws LibvirtException also if the connection does not leave this process ({@code
   *     VIR_ERR_NO_SUPPORT})
   * @throws IllegalStateException if this handle has a callback already
   * @see LibvirtLibrary#virConnectRegisterCloseCallback
   */
  public void registerCloseCallback(Consumer<CloseReason> callback) throws LibvirtException {
    checkNotNull(callback, "callback is null");
    use(
        connect -> {
          closeCallback.register(calls, connect, callback);
          return connect;
        });
  }

  /**
   * Unregisters the callback of this handle, if it has one; {@link #close} does the same. The
   * library does not start the callback after this method has returned, but a callback that has
   * started may still be running.
   *
   * @see LibvirtLibrary#virConnectUnregisterCloseCallback
   */
  public void unregisterCloseCallback() throws LibvirtException {
    use(
        connect -> {
          closeCallback.unregister(calls.library(), connect);
          return connect;
        });
  }

  private Domain domain(BiFunction<LibvirtLibrary, ConnectPointer, @Nullable DomainPointer> find)
      throws LibvirtException {
    return Domain.adopt(calls, nonNull(find));
  }

  private List<String> domainNames() throws LibvirtException {
    return read(
        (library, connect, array) -> library.virConnectListAllDomains(connect, array, 0),
        DomainPointer::new,
        domain -> calls.nonNull(library -> library.virDomainGetName(domain)),
        LibvirtLibrary::virDomainFree);
  }

  private List<Domain> list(int flags) throws LibvirtException {
    return list(
        (library, connect, array) -> library.virConnectListAllDomains(connect, array, flags),
        DomainPointer::new,
        Domain::adopt,
        LibvirtLibrary::virDomainFree);
  }

  private long version(VersionFunction read) throws LibvirtException {
    NativeLongByReference version = new NativeLongByReference();
    nonNegative((library, connect) -> read.apply(library, connect, version));
    return version.getValue().longValue();
  }

  private interface VersionFunction {
    int apply(LibvirtLibrary library, ConnectPointer connect, NativeLongByReference version);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #Connect(String,
   * ConnectAuth, ConnectFlag...)}. Opens a connection for which libvirt may ask for credentials;
   * the flags are libvirt's bits.
   *
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(String uri, ConnectAuth auth, int flags) throws LibvirtException {
    this(
        new LibvirtCalls(Libvirt.library()),
        CStringArguments.check("uri", uri),
        checkNotNull(auth, "auth is null"),
        flags);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #Connect(String,
   * boolean)}. Opens a connection.
   *
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(URI uri, OpenFlags... flags) throws LibvirtException {
    this(
        new LibvirtCalls(Libvirt.library()),
        uri.toString(),
        opened ->
            opened.virConnectOpenAuth(uri.toString(), NO_CREDENTIALS, NativeConstants.bits(flags)));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #Connect(String,
   * ConnectAuth, ConnectFlag...)}. Opens a connection for which libvirt may ask for credentials.
   *
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(URI uri, ConnectAuth auth, OpenFlags... flags) throws LibvirtException {
    this(uri.toString(), auth, NativeConstants.bits(flags));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #domainCreateXML(String,
   * DomainCreateFlag...)}. Creates and starts a domain; the flags are libvirt's bits.
   *
   * @see LibvirtLibrary#virDomainCreateXML
   */
  public Domain domainCreateXML(String xml, int flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    return Domain.adopt(
        calls, creation((library, connect) -> library.virDomainCreateXML(connect, xml, flags)));
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #listAllDomains()}.
   * Returns the domains at one moment; the flags are libvirt's bits.
   *
   * @return the domains; the caller has to close each
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public Domain[] listAllDomains(int flags) throws LibvirtException {
    return list(flags).toArray(Domain[]::new);
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #listAllDomains()}.
   * Returns the numbers of the active domains at one moment.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public int[] listDomains() throws LibvirtException {
    List<Domain> domains = list(LIST_ACTIVE);
    try {
      int[] ids = new int[domains.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = domains.get(i).getID();
      }
      return ids;
    } finally {
      domains.forEach(Domain::close);
    }
  }

  /**
   * Exists for programs written for libvirt-java; in new code, use {@link #listAllDomains()}.
   * Returns the names of the inactive domains at one moment.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public String[] listDefinedDomains() throws LibvirtException {
    List<Domain> domains = list(LIST_INACTIVE);
    try {
      return domains.stream().map(Domain::getName).toArray(String[]::new);
    } finally {
      domains.forEach(Domain::close);
    }
  }

  /** Exists for programs written for libvirt-java; in new code, use {@link ConnectFlag}. */
  public enum OpenFlags implements NativeConstant {
    /** {@link ConnectFlag#RO}. */
    READONLY(ConnectFlag.RO),
    /** {@link ConnectFlag#NO_ALIASES}. */
    NO_ALIASES(ConnectFlag.NO_ALIASES);

    private final ConnectFlag flag;

    OpenFlags(ConnectFlag flag) {
      this.flag = flag;
    }

    @Override
    public int value() {
      return flag.value();
    }

    /** Exists for programs written for libvirt-java; in new code, use {@link #value}. */
    public int getBit() {
      return flag.value();
    }
  }
}
