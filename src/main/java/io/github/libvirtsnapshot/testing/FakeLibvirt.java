package io.github.libvirtsnapshot.testing;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A libvirt in memory: one host, whose domains are reverted, started and stopped as domains of
 * libvirt's QEMU driver are. A test adds domains and snapshots, selects which reverts fail, runs
 * the program on a {@link #connect connection}, and then queries the state and the reverts of the
 * domains.
 *
 * <pre>{@code
 * FakeLibvirt libvirt = new FakeLibvirt();
 * FakeDomain web01 = libvirt.addDomain("web01", DomainState.RUNNING);
 * web01.addSnapshot("clean-install", DomainState.RUNNING);
 * try (Connect connect = libvirt.connect();
 *     Domain domain = connect.domainLookupByName("web01")) {
 *   SnapshotReverter.of(domain).to("clean-install").withSafetySnapshot().revert();
 * }
 * assertEquals(List.of("clean-install"), web01.reverts());
 * }</pre>
 *
 * <p>The domains change as those of the QEMU driver of libvirt 9.0 do:
 *
 * <ul>
 *   <li>A domain is started, paused, resumed, shut down and destroyed. A call that does not fit its
 *       state fails with {@code VIR_ERR_OPERATION_INVALID}.
 *   <li>A snapshot is internal, has the current snapshot as its parent, and becomes the current
 *       one. If a deleted snapshot was the current one, its parent becomes the current one; its
 *       children get its parent.
 *   <li>A revert leaves the state that the snapshot was taken in, or the one that {@link
 *       RevertFlag#RUNNING} or {@link RevertFlag#PAUSED} names. The snapshot becomes the current
 *       one, and an active domain gets a new ID.
 *   <li>A transient domain no longer exists once it stops. The data of its snapshots stays in its
 *       disk images.
 *   <li>The guest agent answers immediately. A revert puts the clock of the guest back to the time
 *       of the snapshot.
 * </ul>
 *
 * <p>Plans, safety snapshots, undo, {@code guarded()}, {@code awaitingGuest()}, fleets and snapshot
 * trees work on it. A native function that it does not have fails with an {@link
 * UnsupportedOperationException} that names the function, and a flag that it does not have fails
 * with {@code VIR_ERR_INVALID_ARG}. libvirt's own test driver, {@code new
 * Connect("test:///default")}, is the alternative for tests on machines that have libvirt.
 *
 * <p>All methods are thread-safe.
 */
public final class FakeLibvirt {
  private static final String URI = "fake:///";

  private final FakeFunctions functions = new FakeFunctions(this);
  private final Map<String, FakeDomain> domains = new LinkedHashMap<>();
  private final AtomicInteger lastId = new AtomicInteger();

  /** Makes a host without domains. */
  public FakeLibvirt() {}

  /**
   * Adds a persistent domain.
   *
   * @param state {@code RUNNING}, {@code PAUSED} or {@code SHUTOFF}
   * @throws IllegalArgumentException if the host has a domain of this name, or the state is another
   */
  public FakeDomain addDomain(String name, DomainState state) {
    return add(new FakeDomain(name, state, true, lastId));
  }

  /**
   * Adds a domain without a stored definition, which no longer exists once it stops.
   *
   * @param state {@code RUNNING} or {@code PAUSED}
   * @throws IllegalArgumentException if the host has a domain of this name, or the state is another
   */
  public FakeDomain addTransientDomain(String name, DomainState state) {
    checkArgument(state != DomainState.SHUTOFF, "a transient domain is never shut off");
    return add(new FakeDomain(name, state, false, lastId));
  }

  private synchronized FakeDomain add(FakeDomain domain) {
    checkArgument(
        domains.putIfAbsent(domain.name, domain) == null,
        "the host has a domain %s already",
        LogEscaper.quote(domain.name));
    return domain;
  }

  /**
   * Opens a connection; any number may be open. All of them lead to the same domains.
   *
   * @return a connection, which the caller closes
   * @see LibvirtLibrary#virConnectOpen
   */
  public Connect connect() throws LibvirtException {
    return new Connect(library(), URI);
  }

  /**
   * Returns the native functions of this host. A test that lets single native calls fail, or counts
   * them, wraps these functions and opens its connections with {@link
   * Connect#Connect(LibvirtLibrary, String)}.
   */
  public LibvirtLibrary library() {
    return functions.library();
  }

  /** Returns all domains that were added, also those that no longer exist. */
  synchronized List<FakeDomain> domains() {
    return List.copyOf(domains.values());
  }

  /** Returns the domain of this name, which is added if the host has none. */
  synchronized FakeDomain forCreation(String name) {
    return domains.computeIfAbsent(name, added -> new FakeDomain(added, false, lastId));
  }

  /** A domain of a {@link FakeLibvirt}. */
  public static final class FakeDomain {
    private final String name;
    private final String uuid;
    private final AtomicInteger lastId;

    /** All snapshots in the disk images, also those that libvirt does not know. */
    private final Map<String, FakeSnapshot> snapshots = new LinkedHashMap<>();

    /** The names of the snapshots that libvirt knows. */
    private final Set<String> known = new LinkedHashSet<>();

    private final Map<String, RevertFailure> failures = new HashMap<>();
    private final Map<String, DomainState> statesAfterReverts = new HashMap<>();
    private final List<String> reverts = new ArrayList<>();
    private Optional<String> current = Optional.empty();
    private boolean exists;
    private boolean persistent;
    private StateReason reason = StateReason.SHUTOFF_UNKNOWN;
    private int id = -1;
    private Duration clockBehind = Duration.ZERO;

    private FakeDomain(String name, boolean persistent, AtomicInteger lastId) {
      this.name = checkNotNull(name, "name is null");
      this.uuid = TestValues.uuid(name);
      this.persistent = persistent;
      this.lastId = lastId;
    }

    private FakeDomain(String name, DomainState state, boolean persistent, AtomicInteger lastId) {
      this(name, persistent, lastId);
      checkState(state);
      exists = true;
      if (state != DomainState.SHUTOFF) {
        enter(state == DomainState.PAUSED ? StateReason.PAUSED_USER : StateReason.RUNNING_BOOTED);
      }
    }

    private static void checkState(DomainState state) {
      checkArgument(
          state == DomainState.RUNNING
              || state == DomainState.PAUSED
              || state == DomainState.SHUTOFF,
          "the state is %s; it has to be RUNNING, PAUSED or SHUTOFF",
          state);
    }

    /**
     * Adds a snapshot, on top of the current one, and makes it the current one. The domain stays as
     * it is.
     *
     * @param takenIn the state in which it was taken: {@code RUNNING}, {@code PAUSED} or {@code
     *     SHUTOFF}
     * @return this domain
     * @throws IllegalArgumentException if the domain has a snapshot of this name, or the state is
     *     another
     * @see LibvirtLibrary#virDomainSnapshotCreateXML
     */
    public synchronized FakeDomain addSnapshot(String snapshot, DomainState takenIn) {
      checkNotNull(snapshot, "snapshot is null");
      checkState(takenIn);
      checkArgument(
          !snapshots.containsKey(snapshot),
          "domain %s has a snapshot %s already",
          LogEscaper.quote(name),
          LogEscaper.quote(snapshot));
      store(new FakeSnapshot(snapshot, current, takenIn, Instant.now().minus(clockBehind)));
      current = Optional.of(snapshot);
      return this;
    }

    /**
     * Lets each revert to a snapshot fail before the domain is touched, until {@link
     * #allowReverts}.
     *
     * @param code the error that libvirt reports
     * @param message its message
     * @return this domain
     * @throws IllegalArgumentException if the domain has no snapshot of this name
     * @see LibvirtLibrary#virDomainRevertToSnapshot
     */
    public FakeDomain refuseReverts(String snapshot, ErrorNumber code, String message) {
      return fail(snapshot, new RevertFailure(error(code, message), false));
    }

    /**
     * Lets each revert to a snapshot stop the guest and then fail, until {@link #allowReverts}. The
     * domain is left {@code SHUTOFF}; a transient one no longer exists.
     *
     * @param code the error that libvirt reports
     * @param message its message
     * @return this domain
     * @throws IllegalArgumentException if the domain has no snapshot of this name
     * @see LibvirtLibrary#virDomainRevertToSnapshot
     */
    public FakeDomain failReverts(String snapshot, ErrorNumber code, String message) {
      return fail(snapshot, new RevertFailure(error(code, message), true));
    }

    private synchronized FakeDomain fail(String snapshot, RevertFailure failure) {
      checkHas(snapshot);
      failures.put(snapshot, failure);
      return this;
    }

    /**
     * Lets each revert to a snapshot report success and leave this state, whatever was requested,
     * until {@link #allowReverts}.
     *
     * @param state {@code RUNNING}, {@code PAUSED} or {@code SHUTOFF}
     * @return this domain
     * @throws IllegalArgumentException if the domain has no snapshot of this name, or the state is
     *     another
     * @see LibvirtLibrary#virDomainRevertToSnapshot
     */
    public synchronized FakeDomain setStateAfterReverts(String snapshot, DomainState state) {
      checkHas(snapshot);
      checkState(state);
      statesAfterReverts.put(snapshot, state);
      return this;
    }

    /**
     * Lets reverts to a snapshot succeed again.
     *
     * @return this domain
     * @throws IllegalArgumentException if the domain has no snapshot of this name
     */
    public synchronized FakeDomain allowReverts(String snapshot) {
      checkHas(snapshot);
      failures.remove(snapshot);
      statesAfterReverts.remove(snapshot);
      return this;
    }

    private void checkHas(String snapshot) {
      checkArgument(
          snapshots.containsKey(snapshot),
          "domain %s has no snapshot %s; it has %s",
          LogEscaper.quote(name),
          LogEscaper.quote(snapshot),
          escapedSnapshotNames());
    }

    /**
     * Removes the domain, as someone does who destroys and undefines it: calls on its handles fail
     * with {@code VIR_ERR_NO_DOMAIN}. The data of its snapshots stays in its disk images.
     *
     * @see LibvirtLibrary#virDomainUndefineFlags
     */
    public synchronized void remove() {
      persistent = false;
      stop(StateReason.SHUTOFF_DESTROYED);
    }

    /** Returns whether the host has the domain. */
    public synchronized boolean exists() {
      return exists;
    }

    /**
     * Returns the state, {@code SHUTOFF} if the domain no longer exists.
     *
     * @see LibvirtLibrary#virDomainGetState
     */
    public synchronized DomainState state() {
      return reason.state();
    }

    /**
     * Returns the names of the snapshots whose data is in the disk images, in the order in which
     * they were taken; also of a domain that no longer exists.
     */
    public synchronized List<String> snapshotNames() {
      return List.copyOf(snapshots.keySet());
    }

    /**
     * Returns the names of the snapshots that libvirt was called to revert the domain to, in order,
     * also where the revert failed. A rollback and an undo are reverts to a safety snapshot.
     */
    public synchronized List<String> reverts() {
      return List.copyOf(reverts);
    }

    /**
     * Returns one line, escaped, as in {@code web01: running (booted), snapshots [clean-install]}.
     */
    @Override
    public synchronized String toString() {
      return LogEscaper.escape(name)
          + ": "
          + (exists ? reason.state().words() + " (" + reason.words() + ")" : "removed")
          + ", snapshots "
          + escapedSnapshotNames();
    }

    private List<String> escapedSnapshotNames() {
      return snapshots.keySet().stream().map(LogEscaper::escape).toList();
    }

    String name() {
      return name;
    }

    String uuid() {
      return uuid;
    }

    synchronized StateReason reason() throws LibvirtException {
      checkExists();
      return reason;
    }

    /** Returns -1 for an inactive domain. */
    synchronized int id() {
      return id;
    }

    synchronized boolean isPersistent() throws LibvirtException {
      checkExists();
      return persistent;
    }

    synchronized void checkExists() throws LibvirtException {
      if (!exists) {
        throw failure(
            ErrorNumber.VIR_ERR_NO_DOMAIN,
            "Domain not found: no domain with matching uuid '" + uuid + "' (" + name + ")");
      }
    }

    private boolean isActive() {
      return id >= 0;
    }

    private void checkActive() throws LibvirtException {
      checkExists();
      if (!isActive()) {
        throw failure(
            ErrorNumber.VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: domain is not running");
      }
    }

    private void checkNotRunning(boolean running) throws LibvirtException {
      if (running) {
        throw failure(
            ErrorNumber.VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: domain is already running");
      }
    }

    /** Enters an active state; a domain that was inactive gets an ID. */
    private void enter(StateReason entered) {
      if (!isActive()) {
        id = lastId.incrementAndGet();
      }
      reason = entered;
    }

    private void stop(StateReason entered) {
      id = -1;
      reason = entered;
      clockBehind = Duration.ZERO;
      if (!persistent) {
        exists = false;
        known.clear();
        current = Optional.empty();
      }
    }

    synchronized void start(boolean paused) throws LibvirtException {
      checkExists();
      checkNotRunning(isActive());
      enter(paused ? StateReason.PAUSED_USER : StateReason.RUNNING_BOOTED);
    }

    /** Starts the domain from XML, without storing a definition if there is none. */
    synchronized void create(boolean paused) throws LibvirtException {
      checkNotRunning(isActive());
      exists = true;
      start(paused);
    }

    synchronized void end(StateReason entered) throws LibvirtException {
      checkActive();
      stop(entered);
    }

    synchronized void suspend() throws LibvirtException {
      checkActive();
      enter(StateReason.PAUSED_USER);
    }

    synchronized void resume() throws LibvirtException {
      checkActive();
      checkNotRunning(state() == DomainState.RUNNING);
      enter(StateReason.RUNNING_UNPAUSED);
    }

    synchronized Instant guestTime() throws LibvirtException {
      checkActive();
      return Instant.now().minus(clockBehind);
    }

    synchronized void setGuestTime(Instant time) throws LibvirtException {
      checkActive();
      clockBehind = Duration.between(time, Instant.now());
    }

    synchronized void take(String snapshot) throws LibvirtException {
      checkExists();
      if (snapshots.containsKey(snapshot)) {
        throw failure(
            ErrorNumber.VIR_ERR_OPERATION_FAILED,
            "operation failed: domain moment " + snapshot + " already exists");
      }
      addSnapshot(snapshot, state());
      if (state() == DomainState.RUNNING) {
        enter(StateReason.RUNNING_UNPAUSED);
      }
    }

    /** Lets libvirt know a snapshot whose data is in the disk images. */
    synchronized void redefine(FakeSnapshot snapshot, boolean makeCurrent) throws LibvirtException {
      checkExists();
      if (snapshot.parent().isPresent() && !known.contains(snapshot.parent().get())) {
        throw failure(
            ErrorNumber.VIR_ERR_INVALID_ARG,
            "invalid argument: parent %s for moment %s not found"
                .formatted(snapshot.parent().get(), snapshot.name()));
      }
      store(snapshot);
      if (makeCurrent) {
        current = Optional.of(snapshot.name());
      }
    }

    private void store(FakeSnapshot snapshot) {
      snapshots.put(snapshot.name(), snapshot);
      known.add(snapshot.name());
    }

    synchronized FakeSnapshot snapshot(String snapshot) throws LibvirtException {
      checkExists();
      if (!known.contains(snapshot)) {
        throw failure(
            ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT,
            "Domain snapshot not found: no domain snapshot with matching name '" + snapshot + "'");
      }
      return requireNonNull(snapshots.get(snapshot));
    }

    synchronized List<String> knownSnapshots() throws LibvirtException {
      checkExists();
      return List.copyOf(known);
    }

    synchronized Optional<String> current() throws LibvirtException {
      checkExists();
      return current;
    }

    synchronized void delete(String snapshot) throws LibvirtException {
      Optional<String> parent = snapshot(snapshot).parent();
      snapshots.remove(snapshot);
      known.remove(snapshot);
      Optional<String> deleted = Optional.of(snapshot);
      snapshots.replaceAll(
          (key, other) -> other.parent().equals(deleted) ? other.withParent(parent) : other);
      if (current.equals(deleted)) {
        current = parent;
      }
    }

    /**
     * Reverts to a snapshot.
     *
     * @param requested the state that a flag names, if one does
     */
    synchronized void revert(String snapshot, Optional<DomainState> requested)
        throws LibvirtException {
      FakeSnapshot target = snapshot(snapshot);
      reverts.add(snapshot);
      RevertFailure failure = failures.get(snapshot);
      if (failure != null) {
        if (failure.guestStopped && isActive()) {
          stop(StateReason.SHUTOFF_FAILED);
        }
        throw new LibvirtException(failure.error);
      }
      DomainState left =
          statesAfterReverts.getOrDefault(snapshot, requested.orElse(target.takenIn()));
      if (left == DomainState.SHUTOFF && !persistent) {
        throw failure(
            ErrorNumber.VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: transient domain needs to request run or pause to"
                + " revert to inactive snapshot");
      }
      current = Optional.of(snapshot);
      id = -1;
      if (left == DomainState.SHUTOFF) {
        stop(StateReason.SHUTOFF_FROM_SNAPSHOT);
      } else {
        enter(reasonAfterRevert(left, target.takenIn() != DomainState.SHUTOFF));
        clockBehind =
            target.takenIn() == DomainState.SHUTOFF
                ? Duration.ZERO
                : Duration.between(target.created(), Instant.now());
      }
    }

    private static StateReason reasonAfterRevert(DomainState left, boolean withMemory) {
      if (left == DomainState.PAUSED) {
        return withMemory ? StateReason.PAUSED_FROM_SNAPSHOT : StateReason.PAUSED_USER;
      }
      return withMemory ? StateReason.RUNNING_FROM_SNAPSHOT : StateReason.RUNNING_BOOTED;
    }
  }

  private record RevertFailure(LibvirtError error, boolean guestStopped) {}

  private static LibvirtError error(ErrorNumber code, String message) {
    return LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, message);
  }

  /** Makes the exception that a function of libvirt fails with. */
  static LibvirtException failure(ErrorNumber code, String message) {
    return new LibvirtException(error(code, message));
  }
}
