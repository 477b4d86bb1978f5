package io.github.libvirtsnapshot.testing;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.primitives.Ints;
import com.google.common.xml.XmlEscapers;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstant;
import io.github.libvirtsnapshot.jna.NativeConstants;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.jna.virNodeInfo;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The native functions of a {@link FakeLibvirt}: numbers, pointers and texts as in C. */
final class FakeFunctions implements InvocationHandler {
  /** The memory of the host, in KiB. */
  private static final int MEMORY = 16 * 1024 * 1024;

  private static final int FAILED = -1;
  private static final long LIB_VERSION = 9_000_000;
  private static final ConnectPointer CONNECT = new ConnectPointer(new Pointer(0x1000));
  private static final long FIRST_DOMAIN = 0x2000;
  private static final long FIRST_SNAPSHOT = 0x100_000;

  /** The filters of virConnectListAllDomains and of statistics have the same numbers. */
  private static final int ACTIVE = 1;

  private static final int INACTIVE = 2;
  private static final int PERSISTENT = 4;
  private static final int TRANSIENT = 8;

  /** VIR_DOMAIN_TIME_SYNC. */
  private static final int SYNC = 1;

  /** libvirt keeps the last error of each thread. */
  private static final ThreadLocal<virError> LAST_ERROR = new ThreadLocal<>();

  /** A snapshot that there is a handle of; it may be deleted. */
  private record SnapshotHandle(FakeDomain domain, String name) {}

  private final FakeLibvirt host;
  private final List<SnapshotHandle> snapshotHandles = new ArrayList<>();

  FakeFunctions(FakeLibvirt host) {
    this.host = host;
  }

  LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            LibvirtLibrary.class.getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method function, Object[] args) throws Throwable {
    if (function.getDeclaringClass() == Object.class) {
      return onHandler(proxy, function, args);
    }
    if (function.getName().equals("virGetLastError")) {
      return LAST_ERROR.get();
    }
    LAST_ERROR.remove();
    try {
      return call(function.getName(), args);
    } catch (LibvirtException e) {
      LAST_ERROR.set(nativeError(e.getError()));
      return function.getReturnType() == int.class ? FAILED : null;
    }
  }

  private @Nullable Object onHandler(Object proxy, Method method, Object[] args) throws Throwable {
    if (method.getName().equals("equals")) {
      return proxy == args[0];
    }
    try {
      return method.invoke(this, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static virError nativeError(LibvirtError error) {
    virError made = new virError();
    made.code = error.getRawCode();
    made.domain = error.getRawDomain();
    made.level = error.getRawLevel();
    made.message = error.getMessage();
    return made;
  }

  private @Nullable Object call(String function, Object[] args) throws LibvirtException {
    if (function.startsWith("virConnect") || function.startsWith("virNode")) {
      return callConnect(function, args);
    }
    if (args != null && args[0] instanceof DomainSnapshotPointer snapshot) {
      return callSnapshot(function, args, handle(snapshot));
    }
    return callDomain(function, args);
  }

  private @Nullable Object callConnect(String function, Object[] args) throws LibvirtException {
    return switch (function) {
      case "virConnectOpen" -> CONNECT;
      case "virConnectRef", "virConnectClose" -> 0;
      case "virConnectIsAlive" -> 1;
      case "virConnectGetURI" -> new OwnedString("fake:///");
      case "virConnectGetType" -> "QEMU";
      case "virConnectGetVersion", "virConnectGetLibVersion" -> {
        ((NativeLongByReference) args[1]).setValue(new NativeLong(LIB_VERSION));
        yield 0;
      }
      case "virNodeGetInfo" -> {
        ((virNodeInfo) args[1]).setMemory(MEMORY);
        yield 0;
      }
      case "virConnectDomainXMLToNative" -> new OwnedString("qemu-system-x86_64");
      case "virConnectListAllDomains" ->
          putArray(pointers(host.domains(), (int) args[2]), (PointerArrayByReference) args[1]);
      case "virConnectGetAllDomainStats" ->
          putStats(host.domains(), (int) args[3], (Pointer) args[2]);
      default -> throw unsupported(function);
    };
  }

  private @Nullable Object callDomain(String function, Object[] args) throws LibvirtException {
    return switch (function) {
      case "virDomainLookupByName" ->
          lookup(domain -> domain.name().equals(args[1]), "name '" + args[1] + "'");
      case "virDomainLookupByUUIDString" ->
          lookup(domain -> domain.uuid().equals(args[1]), "uuid '" + args[1] + "'");
      case "virDomainLookupByID" -> lookup(domain -> domain.id() == (int) args[1], "id " + args[1]);
      case "virDomainCreateXML" -> create((String) args[1], (int) args[2]);
      case "virStorageVolLookupByPath" ->
          throw FakeLibvirt.failure(
              ErrorNumber.VIR_ERR_NO_STORAGE_VOL, "Storage volume not found: no storage pools");
      case "virStoragePoolLookupByTargetPath" ->
          throw FakeLibvirt.failure(
              ErrorNumber.VIR_ERR_NO_STORAGE_POOL, "Storage pool not found: no storage pools");
      case "virStoragePoolCreateXML" ->
          throw FakeLibvirt.failure(
              ErrorNumber.VIR_ERR_NO_SUPPORT, "this function is not supported: no storage driver");
      case "virDomainListGetStats" ->
          putStats(listed((Pointer) args[0]), (int) args[3], (Pointer) args[2]);
      case "virDomainStatsRecordListFree" -> {
        Native.free(Pointer.nativeValue((Pointer) args[0]));
        yield null;
      }
      default -> {
        if (args != null && args[0] instanceof DomainPointer domain) {
          yield callDomain(function, args, domain(domain));
        }
        throw unsupported(function);
      }
    };
  }

  private @Nullable Object callDomain(String function, Object[] args, FakeDomain domain)
      throws LibvirtException {
    switch (function) {
      case "virDomainRef", "virDomainFree" -> {
        return 0;
      }
      case "virDomainGetConnect" -> {
        return CONNECT;
      }
      case "virDomainGetName" -> {
        return domain.name();
      }
      case "virDomainGetUUIDString" -> {
        byte[] uuid = domain.uuid().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(uuid, 0, (byte[]) args[1], 0, uuid.length);
        return 0;
      }
      case "virDomainGetID" -> {
        return domain.id();
      }
      default -> domain.checkExists();
    }
    return switch (function) {
      case "virDomainGetState" -> {
        StateReason reason = domain.reason();
        ((int[]) args[1])[0] = reason.state().value();
        ((int[]) args[2])[0] = reason.value();
        yield 0;
      }
      case "virDomainIsActive" -> domain.id() < 0 ? 0 : 1;
      case "virDomainIsPersistent" -> domain.isPersistent() ? 1 : 0;
      case "virDomainGetXMLDesc" -> new OwnedString(xml(domain));
      case "virDomainHasManagedSaveImage",
          "virDomainGetBlockJobInfo",
          "virDomainGetBlockInfo",
          "virDomainGetJobInfo",
          "virDomainListAllCheckpoints",
          "virDomainInterfaceAddresses",
          "virDomainAgentSetResponseTimeout" ->
          0;
      case "virDomainCreateWithFlags" -> {
        allowFlags(function, (int) args[1], DomainCreateFlag.PAUSED);
        domain.start(has((int) args[1], DomainCreateFlag.PAUSED));
        yield 0;
      }
      case "virDomainDestroy" -> {
        domain.end(StateReason.SHUTOFF_DESTROYED);
        yield 0;
      }
      case "virDomainShutdown" -> {
        domain.end(StateReason.SHUTOFF_SHUTDOWN);
        yield 0;
      }
      case "virDomainSuspend" -> {
        domain.suspend();
        yield 0;
      }
      case "virDomainResume" -> {
        domain.resume();
        yield 0;
      }
      case "virDomainGetTime" -> {
        Instant time = domain.guestTime();
        ((long[]) args[1])[0] = time.getEpochSecond();
        ((int[]) args[2])[0] = time.getNano();
        yield 0;
      }
      case "virDomainSetTime" -> {
        domain.setGuestTime(
            (int) args[3] == SYNC
                ? Instant.now()
                : Instant.ofEpochSecond((long) args[1], (int) args[2]));
        yield 0;
      }
      case "virDomainHasCurrentSnapshot" -> domain.current().isPresent() ? 1 : 0;
      case "virDomainSnapshotCurrent" -> {
        Optional<String> current = domain.current();
        if (current.isEmpty()) {
          throw FakeLibvirt.failure(
              ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT,
              "Domain snapshot not found: the domain does not have a current snapshot");
        }
        yield pointer(domain, current.get());
      }
      case "virDomainSnapshotLookupByName" ->
          pointer(domain, domain.snapshot((String) args[1]).name());
      case "virDomainSnapshotNum" -> snapshots(function, domain, (int) args[1]).size();
      case "virDomainListAllSnapshots" ->
          putArray(
              snapshots(function, domain, (int) args[2]).stream()
                  .map(name -> pointer(domain, name).getPointer())
                  .toList(),
              (PointerArrayByReference) args[1]);
      case "virDomainSnapshotCreateXML" -> take(domain, (String) args[1], (int) args[2]);
      default -> throw unsupported(function);
    };
  }

  private @Nullable Object callSnapshot(String function, Object[] args, SnapshotHandle handle)
      throws LibvirtException {
    FakeDomain domain = handle.domain;
    switch (function) {
      case "virDomainSnapshotRef", "virDomainSnapshotFree" -> {
        return 0;
      }
      case "virDomainSnapshotGetConnect" -> {
        return CONNECT;
      }
      case "virDomainSnapshotGetDomain" -> {
        return pointer(domain);
      }
      case "virDomainSnapshotGetName" -> {
        return handle.name;
      }
      default -> {}
    }
    FakeSnapshot snapshot = domain.snapshot(handle.name);
    return switch (function) {
      case "virDomainSnapshotGetXMLDesc" -> new OwnedString(xml(domain, snapshot));
      case "virDomainSnapshotIsCurrent" ->
          domain.current().equals(Optional.of(handle.name)) ? 1 : 0;
      case "virDomainSnapshotHasMetadata" -> 1;
      case "virDomainSnapshotGetParent" -> {
        if (snapshot.parent().isEmpty()) {
          throw FakeLibvirt.failure(
              ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT,
              "Domain snapshot not found: snapshot '" + handle.name + "' does not have a parent");
        }
        yield pointer(domain, snapshot.parent().get());
      }
      case "virDomainRevertToSnapshot" -> {
        allowFlags(
            function, (int) args[1], RevertFlag.RUNNING, RevertFlag.PAUSED, RevertFlag.FORCE);
        domain.revert(handle.name, requestedState((int) args[1]));
        yield 0;
      }
      case "virDomainSnapshotDelete" -> {
        allowFlags(function, (int) args[1]);
        domain.delete(handle.name);
        yield 0;
      }
      default -> throw unsupported(function);
    };
  }

  private static UnsupportedOperationException unsupported(String function) {
    return new UnsupportedOperationException(
        "FakeLibvirt has no "
            + function
            + "; test with libvirt's test driver, new Connect(\"test:///default\"), or wrap"
            + " FakeLibvirt.library()");
  }

  private static boolean has(int flags, NativeConstant flag) {
    return (flags & flag.value()) != 0;
  }

  /** A driver refuses the flags that it does not know. */
  private static void allowFlags(String function, int flags, NativeConstant... allowed)
      throws LibvirtException {
    int unsupported = flags & ~NativeConstants.bits(allowed);
    if (unsupported != 0) {
      throw FakeLibvirt.failure(
          ErrorNumber.VIR_ERR_INVALID_ARG,
          "unsupported flags (0x%x) in function %s".formatted(unsupported, function));
    }
  }

  private static Optional<DomainState> requestedState(int flags) throws LibvirtException {
    boolean running = has(flags, RevertFlag.RUNNING);
    boolean paused = has(flags, RevertFlag.PAUSED);
    if (running && paused) {
      throw FakeLibvirt.failure(
          ErrorNumber.VIR_ERR_INVALID_ARG,
          "Flags 'VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING' and 'VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED' are"
              + " mutually exclusive");
    }
    if (running) {
      return Optional.of(DomainState.RUNNING);
    }
    return paused ? Optional.of(DomainState.PAUSED) : Optional.empty();
  }

  private DomainPointer lookup(Predicate<FakeDomain> condition, String sought)
      throws LibvirtException {
    for (FakeDomain domain : host.domains()) {
      if (domain.exists() && condition.test(domain)) {
        return pointer(domain);
      }
    }
    throw FakeLibvirt.failure(
        ErrorNumber.VIR_ERR_NO_DOMAIN, "Domain not found: no domain with matching " + sought);
  }

  private DomainPointer create(String xml, int flags) throws LibvirtException {
    allowFlags("virDomainCreateXML", flags, DomainCreateFlag.PAUSED);
    FakeDomain domain = host.forCreation(name(parse(xml)).orElse(""));
    domain.create(has(flags, DomainCreateFlag.PAUSED));
    return pointer(domain);
  }

  private DomainSnapshotPointer take(FakeDomain domain, String xml, int flags)
      throws LibvirtException {
    allowFlags(
        "virDomainSnapshotCreateXML",
        flags,
        SnapshotCreateFlag.REDEFINE,
        SnapshotCreateFlag.CURRENT);
    XmlNode description = parse(xml);
    String name = name(description).orElseGet(() -> "" + Instant.now().getEpochSecond());
    if (has(flags, SnapshotCreateFlag.REDEFINE)) {
      domain.redefine(stored(name, description), has(flags, SnapshotCreateFlag.CURRENT));
    } else {
      domain.take(name);
    }
    return pointer(domain, name);
  }

  /** Reads a snapshot whose data is in the disk images. */
  private static FakeSnapshot stored(String name, XmlNode description) throws LibvirtException {
    try {
      return new FakeSnapshot(
          name,
          description.first("parent/name").map(XmlNode::ownText),
          stateOf(description.text("state")),
          Instant.ofEpochSecond(Long.parseLong(description.text("creationTime"))));
    } catch (IllegalArgumentException e) {
      throw FakeLibvirt.failure(
          ErrorNumber.VIR_ERR_XML_ERROR,
          "XML error: invalid state or creationTime of an existing snapshot");
    }
  }

  private static XmlNode parse(String xml) throws LibvirtException {
    try {
      return XmlNode.parse(xml);
    } catch (UnreadableXmlException e) {
      throw FakeLibvirt.failure(ErrorNumber.VIR_ERR_XML_DETAIL, requireNonNull(e.getMessage()));
    }
  }

  private static Optional<String> name(XmlNode described) {
    return described.first("name").map(XmlNode::ownText);
  }

  private static DomainState stateOf(String word) {
    return DomainState.valueOf(Ascii.toUpperCase(word));
  }

  private static String wordOf(DomainState state) {
    return Ascii.toLowerCase(state.name());
  }

  private static String xml(FakeDomain domain) {
    String name = escape(domain.name());
    return """
        <domain type='qemu'>
          <name>%s</name>
          <uuid>%s</uuid>
          <memory unit='KiB'>65536</memory>
          <vcpu>1</vcpu>
          <os><type arch='x86_64' machine='pc'>hvm</type></os>
          <devices>
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2'/>
              <source file='/var/lib/libvirt/images/%s.qcow2'/>
              <target dev='vda' bus='virtio'/>
            </disk>
            <channel type='unix'>
              <target type='virtio' name='org.qemu.guest_agent.0'/>
            </channel>
          </devices>
        </domain>
        """
        .formatted(name, domain.uuid(), name);
  }

  private static String xml(FakeDomain domain, FakeSnapshot snapshot) {
    boolean withMemory = snapshot.takenIn() != DomainState.SHUTOFF;
    return """
        <domainsnapshot>
          <name>%s</name>
          <state>%s</state>
          %s
          <creationTime>%d</creationTime>
          <memory snapshot='%s'/>
          <disks><disk name='vda' snapshot='internal'/></disks>
          %s
        </domainsnapshot>
        """
        .formatted(
            escape(snapshot.name()),
            wordOf(snapshot.takenIn()),
            snapshot
                .parent()
                .map(parent -> "<parent><name>" + escape(parent) + "</name></parent>")
                .orElse(""),
            snapshot.created().getEpochSecond(),
            withMemory ? "internal" : "no",
            xml(domain));
  }

  private static String escape(String text) {
    return XmlEscapers.xmlAttributeEscaper().escape(text);
  }

  private static List<String> snapshots(String function, FakeDomain domain, int flags)
      throws LibvirtException {
    allowFlags(
        function,
        flags,
        SnapshotListFlag.METADATA,
        SnapshotListFlag.NO_METADATA,
        SnapshotListFlag.TOPOLOGICAL);
    boolean none =
        has(flags, SnapshotListFlag.NO_METADATA) && !has(flags, SnapshotListFlag.METADATA);
    return none ? List.of() : domain.knownSnapshots();
  }

  private FakeDomain domain(DomainPointer pointer) {
    return domain(pointer.getPointer());
  }

  private FakeDomain domain(Pointer address) {
    return host.domains().get(Ints.checkedCast(Pointer.nativeValue(address) - FIRST_DOMAIN));
  }

  private DomainPointer pointer(FakeDomain domain) {
    return new DomainPointer(new Pointer(FIRST_DOMAIN + host.domains().indexOf(domain)));
  }

  private SnapshotHandle handle(DomainSnapshotPointer pointer) {
    int index = Ints.checkedCast(Pointer.nativeValue(pointer.getPointer()) - FIRST_SNAPSHOT);
    synchronized (snapshotHandles) {
      return snapshotHandles.get(index);
    }
  }

  private DomainSnapshotPointer pointer(FakeDomain domain, String snapshot) {
    SnapshotHandle handle = new SnapshotHandle(domain, snapshot);
    synchronized (snapshotHandles) {
      if (!snapshotHandles.contains(handle)) {
        snapshotHandles.add(handle);
      }
      return new DomainSnapshotPointer(
          new Pointer(FIRST_SNAPSHOT + snapshotHandles.indexOf(handle)));
    }
  }

  /** Returns the domains of an array that ends with a null pointer. */
  private List<FakeDomain> listed(Pointer array) {
    List<FakeDomain> listed = new ArrayList<>();
    for (long i = 0; array.getPointer(i * Native.POINTER_SIZE) != null; i++) {
      listed.add(domain(array.getPointer(i * Native.POINTER_SIZE)));
    }
    return listed;
  }

  private List<Pointer> pointers(List<FakeDomain> domains, int flags) throws LibvirtException {
    List<Pointer> pointers = new ArrayList<>();
    for (FakeDomain domain : domains) {
      if (isSelected(domain, flags)) {
        pointers.add(pointer(domain).getPointer());
      }
    }
    return pointers;
  }

  private static boolean isSelected(FakeDomain domain, int flags) throws LibvirtException {
    return domain.exists()
        && isSelected(flags, ACTIVE, INACTIVE, domain.id() >= 0)
        && isSelected(flags, PERSISTENT, TRANSIENT, domain.isPersistent());
  }

  /** Without either flag of a pair, both kinds are selected. */
  private static boolean isSelected(int flags, int yes, int no, boolean is) {
    return (flags & (yes | no)) == 0 || (flags & (is ? yes : no)) != 0;
  }

  /** Allocates an array, which the caller frees; a null pointer ends it. */
  private static int putArray(List<Pointer> elements, PointerArrayByReference result) {
    long size = (elements.size() + 1L) * Native.POINTER_SIZE;
    Pointer array = new Pointer(Native.malloc(size));
    array.clear(size);
    for (int i = 0; i < elements.size(); i++) {
      array.setPointer((long) i * Native.POINTER_SIZE, elements.get(i));
    }
    result.setValue(array);
    return elements.size();
  }

  /** Puts the states of domains into one block of memory, which the caller frees. */
  private int putStats(List<FakeDomain> domains, int flags, Pointer result)
      throws LibvirtException {
    List<Pointer> selected = pointers(domains, flags);
    FakeStats stats = FakeStats.allocate(selected.size());
    for (Pointer domain : selected) {
      stats.add(domain, domain(domain).reason());
    }
    result.setPointer(0, stats.list());
    return selected.size();
  }
}
