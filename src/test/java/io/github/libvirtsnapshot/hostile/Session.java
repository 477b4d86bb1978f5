package io.github.libvirtsnapshot.hostile;

import com.google.common.collect.ImmutableSet;
import com.google.common.graph.Traverser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.archive.SnapshotArchive;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.creation.TakenSnapshot;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestNetwork;
import io.github.libvirtsnapshot.host.AgentCommands;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.OpenVolume;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.host.TransientPool;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Calls everything in the library that a program can call. The session ignores exceptions that the
 * library throws for answers of a server; any other exception ends the session.
 */
final class Session {
  /**
   * Methods that close a handle, pass it to another binding, need libvirt's event thread, or make
   * no call.
   */
  private static final ImmutableSet<String> LEFT_OUT =
      ImmutableSet.of(
          "close",
          "free",
          "toNative",
          "fromNative",
          "open",
          "openKeptAlive",
          "setKeepAlive",
          "registerCloseCallback",
          "connect",
          "domain",
          "revertToSnapshot",
          "attach",
          "attached",
          "wait",
          "equals");

  /** A fleet reconnects to a lost host until its deadline. */
  private static final Duration FLEET_TIME = Duration.ofSeconds(3);

  private static final ImmutableSet<Class<? extends Throwable>> OURS =
      ImmutableSet.of(
          LibvirtException.class, UnreadableXmlException.class, LibvirtUnavailableException.class);

  private static final Pattern MISTAKE = Pattern.compile("java\\.[a-z.]+[A-Z]\\w+");

  private static final String COPY = "5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f";

  private final LibvirtLibrary library;

  Session(LibvirtLibrary library) {
    this.library = library;
  }

  private interface Action {
    void run() throws Exception;
  }

  /**
   * Runs the session.
   *
   * @throws AssertionError if the library throws an exception that is not for answers of a server
   */
  void run() {
    tried("a connection", this::connection);
    tried("a fleet", this::fleet);
  }

  private static void tried(String what, Action action) {
    try {
      action.run();
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      checkOurs(what, e);
    }
  }

  /** Checks an exception, its causes and its suppressed exceptions. */
  private static void checkOurs(String what, Throwable thrown) {
    Traverser.forGraph(Session::reasons)
        .breadthFirst(thrown)
        .forEach(
            reason -> {
              if (OURS.stream().noneMatch(ours -> ours.isInstance(reason))) {
                throw new AssertionError(what + ": " + reason, thrown);
              }
            });
    checkWords(what, String.valueOf(thrown.getMessage()));
  }

  private static List<Throwable> reasons(Throwable thrown) {
    return Stream.concat(
            Stream.ofNullable(thrown.getCause()), Arrays.stream(thrown.getSuppressed()))
        .toList();
  }

  /**
   * A message with the class name of an exception shows that the library caught a mistake of its
   * own.
   */
  private static void checkWords(String what, String words) {
    Matcher mistake = MISTAKE.matcher(words);
    if (mistake.find()) {
      throw new AssertionError(what + " has a message with " + mistake.group() + ": " + words);
    }
  }

  private static void checked(String what, Callable<?> question) {
    tried(what, () -> checkWords(what, String.valueOf(question.call())));
  }

  private void connection() throws LibvirtException {
    try (Connect connect = new Connect(library, "fake:///")) {
      callAll(connect);
      callAll(new HostQueries(connect));
      tried("an image", () -> image(connect));
      tried("a domain", () -> domain(connect));
    }
  }

  private static void image(Connect connect) throws LibvirtException {
    StorageVolumes volumes = StorageVolumes.of(connect, PoolCreation.IN_ALL_FOLDERS);
    try (volumes;
        TransientPool pool = TransientPool.over(connect, "/images")) {
      checked("the pool", () -> pool);
      for (String path : List.of("/images/a", "/images/b", "/other/c")) {
        checked("its description", () -> volumes.use(path, OpenVolume::describe));
        checked("the free space beside it", () -> volumes.available(path));
        tried("its header", () -> volumes.use(path, volume -> volume.read(0, 104)));
      }
    }
  }

  private void domain(Connect connect) throws LibvirtException {
    try (Domain domain = connect.domainLookupByName("web01")) {
      tried("the trees", () -> trees(domain));
      tried("an archive", () -> archive(domain));
      tried("a new snapshot", () -> newSnapshot(domain));
      checked("the status", () -> DomainStatus.of(domain));
      tried("a snapshot", () -> snapshot(domain));
      agent(GuestAgent.of(domain));
      reverts(connect, domain);
      callAll(domain);
      callAll(new DomainQueries(domain));
      callAll(new AgentCommands(domain));
      network(GuestNetwork.of(domain));
    }
  }

  private static void trees(Domain domain) throws LibvirtException {
    checked("the names", () -> SnapshotTree.namesOf(domain).toMermaid());
    SnapshotTree tree = SnapshotTree.of(domain);
    checked("the tree", () -> tree);
    checked("its picture", tree::toMermaid);
    checked("its other picture", tree::toSvg);
    tree.stream()
        .forEach(
            from -> checked("a path", () -> tree.path(from.name(), tree.roots().get(0).name())));
  }

  private static void archive(Domain domain) throws LibvirtException {
    SnapshotArchive archive = SnapshotArchive.of(domain);
    checked("its plan", () -> archive.plan(domain));
    tried("an archive for a copy", () -> archive.forDomain("copy", COPY).restoreTo(domain));
    SnapshotArchive again = SnapshotArchive.parse(archive.toText());
    checked("what is restored", () -> again.restoreTo(domain));
  }

  private static void newSnapshot(Domain domain) throws LibvirtException {
    SnapshotMaker maker = SnapshotMaker.of(domain).named("new");
    checked("its plan", () -> maker.external().pausingFirst().plan());
    tried("to freeze for it", () -> maker.freezingFileSystems().plan());
    try (TakenSnapshot taken = maker.withMemory().take()) {
      checked("its contents", taken::contents);
    }
  }

  private static void snapshot(Domain domain) throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      checked("its details", () -> SnapshotDetails.of(snapshot));
      callAll(snapshot);
    }
  }

  private static void network(GuestNetwork network) {
    checked("the links that were taken down", network::disconnect);
    checked("the links that were taken up", network::connect);
  }

  private static void agent(GuestAgent agent) {
    tried("a ping", agent::ping);
    checked("the time", agent::time);
    checked("the clock", agent::setClock);
    tried("to freeze", agent::freeze);
    tried("to thaw", agent::thaw);
  }

  private static void reverts(Connect connect, Domain domain) {
    SnapshotReverter reverter = SnapshotReverter.of(domain);
    List<RevertIntent> intents = new ArrayList<>();
    checked("a plan", () -> reverter.to("clean").plan());
    checked("a plan with pools", () -> reverter.to("clean").withTransientPools().plan());
    checked("a plan for the disks", () -> reverter.to("base").running().force().plan());
    checked("a guarded revert", () -> reverter.to("base").guarded().revert());
    checked("a revert", () -> reverter.toCurrent().paused().enforcingState().revert());
    checked("a revert to the newest", () -> reverter.toNewest().requireMemory().revert());
    checked("a plan for the parent", () -> reverter.toParent().plan());
    tried(
        "a revert that can be undone",
        () -> {
          RevertReport report =
              reverter.to("clean").withSafetySnapshot().withJournal(intents::add).revert();
          checked("an undo", () -> reverter.undo(report));
          reverter.deleteSafetySnapshot(report);
        });
    for (RevertIntent written : intents) {
      checked("what became of a revert", () -> written.resolveOutcome(connect));
      tried("the end of a safety snapshot", () -> written.deleteSafetySnapshot(connect));
    }
  }

  private void fleet() {
    FleetReverter fleet =
        FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean"))
            .on("fake:///", FleetReverter.allDomains())
            .connector(uri -> new Connect(library, uri))
            .deadline(FLEET_TIME);
    checked("a plan of a fleet", fleet::plan);
    fleet.plan().entries().forEach(entry -> entry.failure().ifPresent(e -> checkOurs("a plan", e)));
    FleetReport report = fleet.revert();
    checked("a revert of a fleet", () -> report);
    checked("its page", report::toHtml);
    report.entries().forEach(entry -> entry.failure().ifPresent(e -> checkOurs("a revert", e)));
  }

  /** Calls each public method with simple arguments, and closes the result. */
  private static void callAll(Object handle) {
    Arrays.stream(handle.getClass().getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .filter(method -> method.getDeclaringClass().equals(handle.getClass()))
        .filter(method -> !LEFT_OUT.contains(method.getName()))
        .sorted(Comparator.comparing(Method::toString))
        .forEach(method -> tried(method.getName(), () -> close(call(handle, method))));
  }

  private static Object call(Object handle, Method method) throws Exception {
    try {
      return method.invoke(
          handle, Arrays.stream(method.getParameterTypes()).map(Session::argument).toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw (Error) e.getCause();
    }
  }

  private static Object argument(Class<?> type) {
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), 0);
    }
    return Map.<Class<?>, Object>of(
            int.class,
            1,
            String.class,
            "<name>clean</name>",
            java.util.UUID.class,
            new java.util.UUID(1, 2),
            java.time.Instant.class,
            java.time.Instant.EPOCH,
            InterfaceAddressSource.class,
            InterfaceAddressSource.AGENT)
        .get(type);
  }

  private static void close(Object result) throws Exception {
    if (result instanceof AutoCloseable handle) {
      handle.close();
    } else if (result instanceof Optional<?> optional) {
      close(optional.orElse(null));
    } else if (result instanceof Iterable<?> several) {
      for (Object each : several) {
        close(each);
      }
    } else if (result instanceof Object[] several) {
      close(List.of(several));
    }
  }
}
