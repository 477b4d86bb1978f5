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
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.TimedOpening;
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

/**
 * A connection to a hypervisor, local or on another host. Owns one native connection reference; a
 * {@link Domain} or {@link DomainSnapshot} got from it has one too, so they may be closed in any
 * order, and the connection itself ends with the last of them.
 *
 * @see <a href="https://libvirt.org/uri.html">Connection URIs</a>
 */
public final class Connect extends Handle<ConnectPointer> {
  private static final int LIST_ALL = 0;
  private static final int LIST_ACTIVE = 1;
  private static final int LIST_INACTIVE = 2;

  private static final ImmutableSet<ErrorNumber> WANTS_CREDENTIALS =
      ImmutableSet.of(
          ErrorNumber.VIR_ERR_AUTH_FAILED,
          ErrorNumber.VIR_ERR_AUTH_CANCELLED,
          ErrorNumber.VIR_ERR_AUTH_UNAVAILABLE);

  private static final virConnectAuth NOBODY = null;

  /** A host is given up after 15 seconds: three times as long as it may be silent. */
  private static final int KEEPALIVE_SECONDS = 5;

  private static final int KEEPALIVE_COUNT = 2;

  private final CloseCallback closeWatch;

  /** The first version of libvirt that gives a connection up safely while threads share it. */
  private static final long SHARED_WHILE_LOST = 10_004_000;

  /** The comparison fails with an error that says what is lacking, instead of returning 0. */

  /**
   * Opens a connection that may change things.
   *
   * @param uri where to, as in {@code qemu:///system}
   * @see LibvirtLibrary#virConnectOpen
   */
  public Connect(String uri) throws LibvirtException {
    this(uri, false);
  }

  /**
   * Opens a connection.
   *
   * @param uri where to, as in {@code qemu:///system}
   * @param readOnly whether libvirt should refuse whatever would change something
   * @see LibvirtLibrary#virConnectOpen
   * @see LibvirtLibrary#virConnectOpenReadOnly
   */
  public Connect(String uri, boolean readOnly) throws LibvirtException {
    this(Libvirt.library(), uri, readOnly);
  }

  /**
   * Opens a connection that may ask for credentials.
   *
   * @param uri where to, as in {@code qemu+tcp://host/system}
   * @param auth what answers; it is not asked after the constructor has returned
   * @throws LibvirtException also where the other side does not accept the answers ({@code
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
   * Opens a connection that may ask for credentials, with flags as libvirt numbers them:
   * libvirt-java's shape. Prefer {@link #Connect(String, ConnectAuth, ConnectFlag...)}.
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
   * Opens a connection: libvirt-java's shape. Prefer {@link #Connect(String, boolean)}.
   *
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(URI uri, OpenFlags... flags) throws LibvirtException {
    this(
        new LibvirtCalls(Libvirt.library()),
        uri.toString(),
        opened -> opened.virConnectOpenAuth(uri.toString(), NOBODY, NativeConstants.bits(flags)));
  }

  /**
   * Opens a connection that may ask for credentials: libvirt-java's shape. Prefer {@link
   * #Connect(String, ConnectAuth, ConnectFlag...)}.
   *
   * @see LibvirtLibrary#virConnectOpenAuth
   */
  public Connect(URI uri, ConnectAuth auth, OpenFlags... flags) throws LibvirtException {
    this(uri.toString(), auth, NativeConstants.bits(flags));
  }

  /**
   * Opens a connection within a time, and {@linkplain #startEventLoop with an event loop}. From
   * then on {@linkplain #setKeepAlive keepalive} ends each call to a host that does not answer for
   * 15 seconds; connections that do not leave this process have no keepalive, and need none.
   *
   * <p>libvirt opens it on a thread of its own, as nothing can interrupt libvirt. What is open too
   * late is closed at once; the thread lasts until then. An interrupt does not end the wait, and is
   * kept.
   *
   * @param uri where to, as in {@code qemu+tls://host/system}
   * @param atMost how long to wait, more than zero
   * @throws LibvirtException also if there is no connection by then ({@code
   *     VIR_ERR_OPERATION_TIMEOUT})
   * @throws IllegalArgumentException if the time is out of its range
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
        "atMost is %s; it has to be more than zero",
        atMost);
    int bits = NativeConstants.bits(flags);
    return new TimedOpening<>(() -> openKeptAlive(library, uri, bits), Connect::close)
        .within(atMost)
        .orElseThrow(() -> tooLate(uri, atMost));
  }

  private static LibvirtException tooLate(String uri, Duration atMost) {
    return new LibvirtException(
        LibvirtError.of(
            ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
            ErrorDomain.VIR_FROM_RPC,
            LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri))
                + " did not answer within "
                + LogEscaper.seconds(atMost)));
  }

  /**
   * Opens a connection as {@link #open(String, Duration, ConnectFlag...)} does, and waits as long
   * as that takes. Internal to the library.
   *
   * @hidden
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
        new Connect(calls, uri, opened -> opened.virConnectOpenAuth(uri, NOBODY, flags));
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

  /** How a connection is opened, in libvirt-java's names. Prefer {@link ConnectFlag}. */
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

    /** Returns the bit, under libvirt-java's name. */
    public int getBit() {
      return flag.value();
    }
  }

  /**
   * Opens a connection through a library of the caller's, such as a mock of {@link LibvirtLibrary}:
   * with it, a program's use of this library can be tested without libvirt.
   *
   * @param library what is called instead of libvirt
   * @param uri passed on to {@link LibvirtLibrary#virConnectOpen}
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

  private Connect(LibvirtCalls calls, String uri, Function<LibvirtLibrary, ConnectPointer> open)
      throws LibvirtException {
    this(calls, withoutCredentials(calls, open), uri);
  }

  private Connect(LibvirtCalls calls, ConnectPointer pointer, String uri) {
    this(calls, pointer, uri, new CloseCallback());
  }

  private Connect(
      LibvirtCalls calls, ConnectPointer pointer, String uri, CloseCallback closeWatch) {
    super(
        calls.through(pointer),
        pointer,
        (library, connect) -> {
          closeWatch.unregister(library, connect);
          return library.virConnectClose(connect);
        },
        "connection " + LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    this.closeWatch = closeWatch;
  }

  /** Takes the pointer's reference over, also where it fails. */
  static Connect adopt(LibvirtCalls calls, ConnectPointer pointer) throws LibvirtException {
    try {
      return new Connect(
          calls, pointer, calls.nonNull(library -> library.virConnectGetURI(pointer)).value());
    } catch (LibvirtException | RuntimeException | Error e) {
      calls.release(LibvirtLibrary::virConnectClose, pointer);
      throw e;
    }
  }

  /**
   * Makes a handle of a connection that another binding holds. It takes a native reference of its
   * own, so that either side may close first.
   *
   * @param pointer a {@code virConnectPtr}, which has to stay valid until this returns; anything
   *     else crashes the JVM
   * @see LibvirtLibrary#virConnectRef
   */
  public static Connect fromNative(Pointer pointer) throws LibvirtException {
    LibvirtCalls calls = new LibvirtCalls(Libvirt.library());
    ConnectPointer shared = new ConnectPointer(checkNotNull(pointer, "pointer is null"));
    return adopt(calls, calls.addReference(LibvirtLibrary::virConnectRef, shared));
  }

  /**
   * Hands the connection to another binding.
   *
   * @return a {@code virConnectPtr} with a native reference of its own, which the caller has to
   *     give back with virConnectClose
   * @see LibvirtLibrary#virConnectRef
   */
  public Pointer toNative() throws LibvirtException {
    return share(LibvirtLibrary::virConnectRef);
  }

  private static ConnectPointer withoutCredentials(
      LibvirtCalls calls, Function<LibvirtLibrary, ConnectPointer> open) throws LibvirtException {
    try {
      return calls.nonNull(open);
    } catch (LibvirtException e) {
      if (!WANTS_CREDENTIALS.contains(e.getError().getCode())) {
        throw e;
      }
      throw new LibvirtException(
          e.getMessage() + "; credentials can be given with ConnectAuth", e.getError(), null);
    }
  }

  private static ConnectPointer open(LibvirtCalls calls, String uri, ConnectAuth auth, int flags)
      throws LibvirtException {
    AuthSession session = new AuthSession(auth);
    virConnectAuth structure = new virConnectAuth(auth.types(), session);
    try {
      return calls.nonNull(library -> library.virConnectOpenAuth(uri, structure, flags));
    } catch (LibvirtException e) {
      if (session.failure() != null) {
        e.addSuppressed(session.failure());
      }
      throw e;
    } finally {
      Reference.reachabilityFence(structure);
    }
  }

  /**
   * Finds a domain, active or not.
   *
   * @throws NoSuchDomainException if there is none of that name
   * @see LibvirtLibrary#virDomainLookupByName
   */
  public Domain domainLookupByName(String name) throws LibvirtException {
    CStringArguments.check("name", name);
    return domain((library, connect) -> library.virDomainLookupByName(connect, name));
  }

  /**
   * Finds a domain, active or not.
   *
   * @param uuid with or without hyphens
   * @throws NoSuchDomainException if there is none with that UUID
   * @see LibvirtLibrary#virDomainLookupByUUIDString
   */
  public Domain domainLookupByUUIDString(String uuid) throws LibvirtException {
    CStringArguments.check("uuid", uuid);
    return domain((library, connect) -> library.virDomainLookupByUUIDString(connect, uuid));
  }

  /**
   * Finds a domain, active or not.
   *
   * @throws NoSuchDomainException if there is none with that UUID
   * @see LibvirtLibrary#virDomainLookupByUUIDString
   */
  public Domain domainLookupByUUID(UUID uuid) throws LibvirtException {
    return domainLookupByUUIDString(uuid.toString());
  }

  /**
   * Finds an active domain.
   *
   * @throws NoSuchDomainException if there is none with that number
   * @see LibvirtLibrary#virDomainLookupByID
   */
  public Domain domainLookupByID(int id) throws LibvirtException {
    return domain((library, connect) -> library.virDomainLookupByID(connect, id));
  }

  /**
   * Defines a persistent domain, or changes the definition of one.
   *
   * @see LibvirtLibrary#virDomainDefineXMLFlags
   */
  public Domain domainDefineXML(String xml, DomainDefineFlag... flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    int bits = NativeConstants.bits(flags);
    return domain((library, connect) -> library.virDomainDefineXMLFlags(connect, xml, bits));
  }

  /**
   * Starts a domain, a transient one unless it is defined already.
   *
   * @see LibvirtLibrary#virDomainCreateXML
   */
  public Domain domainCreateXML(String xml, DomainCreateFlag... flags) throws LibvirtException {
    return domainCreateXML(xml, NativeConstants.bits(flags));
  }

  /**
   * Starts a domain, a transient one unless it is defined already, with flags as libvirt numbers
   * them: libvirt-java's shape. Prefer {@link #domainCreateXML(String, DomainCreateFlag...)}.
   *
   * @see LibvirtLibrary#virDomainCreateXML
   */
  public Domain domainCreateXML(String xml, int flags) throws LibvirtException {
    CStringArguments.check("xml", xml);
    return Domain.adopt(
        calls, creation((library, connect) -> library.virDomainCreateXML(connect, xml, flags)));
  }

  /**
   * Lists the numbers of the active domains, all of one moment.
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
   * Lists the names of the inactive domains, all of one moment.
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

  /**
   * Lists the domains, active or not, all of one moment.
   *
   * @return an immutable list; each domain is the caller's to close
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public List<Domain> listAllDomains() throws LibvirtException {
    return list(LIST_ALL);
  }

  /**
   * Lists domains, all of one moment, with flags as libvirt numbers them: libvirt-java's shape.
   * Prefer {@link #listAllDomains()}.
   *
   * @return the domains; each is the caller's to close
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public Domain[] listAllDomains(int flags) throws LibvirtException {
    return list(flags).toArray(Domain[]::new);
  }

  /**
   * Returns how many domains are active.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public int numOfDomains() throws LibvirtException {
    return listDomains().length;
  }

  /**
   * Returns how many domains are inactive.
   *
   * @see LibvirtLibrary#virConnectListAllDomains
   */
  public int numOfDefinedDomains() throws LibvirtException {
    return listDefinedDomains().length;
  }

  /**
   * Returns where the connection leads to.
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
   * Returns the version of libvirt at the other end of the connection, in the form of {@link
   * #getVersion}.
   *
   * @see LibvirtLibrary#virConnectGetLibVersion
   */
  public long getLibVersion() throws LibvirtException {
    return version(LibvirtLibrary::virConnectGetLibVersion);
  }

  /**
   * Returns the name of the driver behind the connection, as in {@code QEMU} or {@code TEST}.
   *
   * @see LibvirtLibrary#virConnectGetType
   */
  public String getType() throws LibvirtException {
    return nonNull(LibvirtLibrary::virConnectGetType);
  }

  /** Returns whether this handle is open; {@link #isAlive} asks about the connection itself. */
  public boolean isConnected() {
    return isOpen();
  }

  /**
   * Returns whether the connection still stands. The other side is asked, unless this side knows
   * already that it is gone: without {@linkplain #setKeepAlive keepalive}, this waits as long as
   * the other side hangs.
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
      // It has answered.
    }
    return true;
  }

  /**
   * Starts libvirt's own event loop, unless the process has an event loop already. A connection
   * that is opened afterwards notices at once when the other side is gone; {@linkplain
   * #setKeepAlive keepalive} and {@linkplain #registerCloseCallback close callbacks} depend on the
   * event loop. Connections that are open already stay without.
   *
   * <p>An event loop that the process has already, as from another binding of libvirt, is used as
   * it is; whoever registered it has to run it. libvirt's own event loop runs on a native thread
   * until the process ends. It is GLib's default main loop, which a program with a GTK user
   * interface runs itself.
   *
   * @throws LibvirtUnavailableException if libvirt or GLib can't be found
   * @see LibvirtLibrary#virEventRegisterDefaultImpl
   * @see <a href="https://libvirt.org/html/libvirt-libvirt-event.html">libvirt-event</a>
   */
  public static void startEventLoop() throws LibvirtException {
    EventLoop.start();
  }

  /**
   * Returns the part of the URI, if there is one, that lets its author choose a program which
   * libvirt runs when it connects, here or on the host:
   *
   * <ul>
   *   <li>the transport {@code ext},
   *   <li>the parameter {@code command}: what runs instead of ssh,
   *   <li>the parameter {@code netcat}: what runs on the host,
   *   <li>the parameter {@code socket} with characters that a shell interprets: with ssh, a shell
   *       of the host gets them,
   *   <li>the parameter {@code name} with another transport or with parameters: the host connects
   *       so,
   *   <li>the parameter {@code root}: the folder of an embedded driver, whose definitions name
   *       programs,
   *   <li>the parameter {@code known_hosts}: a file that libvirt appends to, with libssh; it may be
   *       one that a shell reads.
   * </ul>
   *
   * <p>An alias of {@code libvirt.conf} has no such part: its URI is in a file of this machine.
   *
   * @return as in {@code transport ext} and {@code parameter command}
   * @see <a href="https://libvirt.org/uri.html">libvirt's connection URIs</a>
   */
  public static Optional<String> programChosenBy(String uri) {
    return ConnectUri.programChosenBy(uri);
  }

  /**
   * Lets libvirt ask the other side whether it is still there, and give the connection up if it
   * does not answer: a call that waits for it then fails with a {@link ConnectionLostException},
   * after {@code interval * (count + 1)} seconds at most.
   *
   * <p>That needs an {@linkplain #startEventLoop event loop}, which has to be there when the
   * connection is opened. Where the process has none, this starts it, for the connections that are
   * opened from then on; {@link #startEventLoop} does so beforehand.
   *
   * <p>Where the libvirt of this process is older than 10.4, only one call at a time goes through
   * the connection from now on, as giving up a connection that several threads use can crash the
   * process there (CVE-2024-4418). Threads that should not wait for each other need one each.
   *
   * @param interval after how many seconds of silence to ask; zero or less for not at all
   * @param count how many questions may be unanswered, zero or more
   * @return whether the other side can answer
   * @throws LibvirtException also if the connection was opened before there was an event loop, and
   *     if it does not leave this process ({@code VIR_ERR_NO_SUPPORT})
   * @see LibvirtLibrary#virConnectSetKeepAlive
   */
  public boolean setKeepAlive(int interval, int count) throws LibvirtException {
    checkArgument(count >= 0, "count is %s; it can be zero or more", count);
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

  /** libvirt says the same of a connection without an event loop and of one that was lost. */
  private LibvirtException withoutEvents(LibvirtException refused) throws LibvirtException {
    if (!yesOrNo(LibvirtLibrary::virConnectIsAlive)) {
      return new ConnectionLostException(refused.getError());
    }
    return new LibvirtException(
        refused.getMessage()
            + "; this connection was opened before there was an event loop: there is one now, so"
            + " close the connection and open it again",
        refused.getError(),
        null);
  }

  /**
   * Says what is called once when the connection ends other than by {@link #close}: soon where
   * there was an {@linkplain #startEventLoop event loop} when it was opened, and with the next call
   * otherwise. It is called on a thread of its own. A connection has one such callback at most.
   *
   * @param callback may use libvirt; what it throws is logged. It should not hold this handle where
   *     that is not closed in the end
   * @throws LibvirtException also if the connection does not leave this process ({@code
   *     VIR_ERR_NO_SUPPORT})
   * @throws IllegalStateException if this handle has registered one
   * @see LibvirtLibrary#virConnectRegisterCloseCallback
   */
  public void registerCloseCallback(Consumer<CloseReason> callback) throws LibvirtException {
    checkNotNull(callback, "callback is null");
    use(
        connect -> {
          closeWatch.register(calls, connect, callback);
          return connect;
        });
  }

  /**
   * Takes the callback back that this handle has registered, if any; {@link #close} does so too. It
   * may still be at work when this returns, but does not begin afterwards.
   *
   * @see LibvirtLibrary#virConnectUnregisterCloseCallback
   */
  public void unregisterCloseCallback() throws LibvirtException {
    use(
        connect -> {
          closeWatch.unregister(calls.library(), connect);
          return connect;
        });
  }

  private Domain domain(BiFunction<LibvirtLibrary, ConnectPointer, DomainPointer> find)
      throws LibvirtException {
    return Domain.adopt(calls, nonNull(find));
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
}
