package io.github.libvirtsnapshot;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorLevel;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A libvirt with one domain that really changes, as QEMU's driver changes one: it is started,
 * stopped, snapshotted and reverted. What a revert to a snapshot does can be made to fail.
 */
public final class FakeLibvirt implements InvocationHandler {
  /** The name of the domain. */
  public static final String DOMAIN = "web01";

  private static final String UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f";
  private static final int RUNNING = 1;
  private static final int PAUSED = 3;
  private static final int SHUTOFF = 5;
  private static final Pattern NAME = Pattern.compile("<name>([^<]*)</name>");

  /** The functions that change the domain or ask about its snapshots. */
  private static final Set<String> NEEDING_THE_DOMAIN =
      Set.of(
          "virDomainCreateWithFlags",
          "virDomainSuspend",
          "virDomainResume",
          "virDomainListAllSnapshots",
          "virDomainSnapshotCreateXML",
          "virDomainSnapshotGetXMLDesc",
          "virDomainSnapshotDelete",
          "virDomainRevertToSnapshot");

  private final ConnectPointer connect = new ConnectPointer(new Pointer(0x1000));
  private final DomainPointer domain = new DomainPointer(new Pointer(0x2000));

  /** The snapshots in the disk images, and which of them libvirt knows of. */
  private final Map<String, Integer> snapshots = new LinkedHashMap<>();

  private final Set<String> known = new LinkedHashSet<>();
  private final Map<Pointer, String> handles = new LinkedHashMap<>();
  private final List<String> reverts = new ArrayList<>();
  private final String name;
  private final boolean persistent;
  private boolean exists = true;
  private int state = RUNNING;
  private int reason = 1;
  private int id = 1;
  private long time;

  /** A list with one record, of the domain. */
  private final Memory statsList = new Memory(8);

  private TypedParameters statsRecord;
  private String current;
  private String failing = "";
  private boolean ignoringFlags;
  private boolean pausingWhenTaken;
  private virError error;

  /** A running domain. */
  public FakeLibvirt(boolean persistent) {
    this(DOMAIN, persistent);
  }

  /** A running, persistent domain of this name. */
  public FakeLibvirt(String name) {
    this(name, true);
  }

  private FakeLibvirt(String name, boolean persistent) {
    this.name = name;
    this.persistent = persistent;
  }

  /** Returns the library. */
  public LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
  }

  /** Has a snapshot of this name, taken in this state. */
  public void addSnapshot(String name, int takenIn) {
    snapshots.put(name, takenIn);
    known.add(name);
    current = name;
  }

  /** Lets each revert to this snapshot stop the guest and then fail. */
  public void failRevertsTo(String name) {
    failing = name;
  }

  /** Reports success, and leaves the state that the snapshot was taken in, whatever the flags. */
  public void ignoreFlags() {
    ignoringFlags = true;
  }

  /** Leaves the guest paused when a snapshot is taken, as a daemon does that dies meanwhile. */
  public void pauseWhenTaken() {
    pausingWhenTaken = true;
  }

  /** Ends the domain and undefines it; the data of its snapshots stays in its images. */
  public synchronized void remove() {
    become(SHUTOFF, 1);
    exists = false;
    known.clear();
    current = null;
  }

  /** Returns whether there is the domain. */
  public boolean exists() {
    return exists;
  }

  /** Returns the state as libvirt numbers it. */
  public int state() {
    return state;
  }

  /** Returns the names of the snapshots whose data there is. */
  public List<String> snapshotNames() {
    return List.copyOf(snapshots.keySet());
  }

  /** Returns the names of the snapshots that a revert was asked for, in order. */
  public List<String> reverts() {
    return List.copyOf(reverts);
  }

  @Override
  public synchronized Object invoke(Object proxy, Method method, Object[] args) {
    if (!exists && NEEDING_THE_DOMAIN.contains(method.getName())) {
      setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "no domain");
      return method.getReturnType() == int.class ? -1 : null;
    }
    return switch (method.getName()) {
      case "virConnectOpen", "virDomainGetConnect" -> connect;
      case "virConnectGetURI" -> new OwnedString("fake:///");
      case "virConnectGetType" -> "QEMU";
      case "virConnectGetLibVersion" -> {
        ((NativeLongByReference) args[1]).setValue(new NativeLong(9_000_000));
        yield 0;
      }
      case "virConnectGetDomainCapabilities" -> new OwnedString("<domainCapabilities/>");
      case "virDomainLookupByName", "virDomainLookupByUUIDString" -> ifExists(domain);
      case "virDomainGetName" -> name;
      case "virDomainGetUUIDString" -> {
        byte[] uuid = UUID.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(uuid, 0, (byte[]) args[1], 0, uuid.length);
        yield 0;
      }
      case "virDomainGetID" -> state == SHUTOFF ? -1 : id;
      case "virDomainGetState" -> {
        ((int[]) args[1])[0] = state;
        ((int[]) args[2])[0] = reason;
        yield zeroIfExists();
      }
      case "virDomainListGetStats" -> stats((Pointer) args[2]);
      case "virConnectGetAllDomainStats" -> allStats((Pointer) args[2]);
      case "virDomainStatsRecordListFree" -> null;
      case "virDomainIsActive" -> exists ? (state == SHUTOFF ? 0 : 1) : zeroIfExists();
      case "virDomainIsPersistent" -> exists ? (persistent ? 1 : 0) : zeroIfExists();
      case "virDomainHasManagedSaveImage",
          "virDomainGetBlockJobInfo",
          "virDomainGetJobInfo",
          "virDomainListAllCheckpoints" ->
          zeroIfExists();
      case "virConnectListAllDomains" -> listDomains((PointerArrayByReference) args[1]);
      case "virDomainGetXMLDesc" ->
          ifExists(
              new OwnedString(
                  "<domain type='qemu'><name>web01</name><devices><disk device='disk'>"
                      + "<target dev='vda'/></disk></devices></domain>"));
      case "virDomainCreateWithFlags" -> start((int) args[1] == 1 ? PAUSED : RUNNING);
      case "virDomainSuspend" -> become(PAUSED, 1);
      case "virDomainResume" -> become(RUNNING, 5);
      case "virDomainCreateXML" -> {
        exists = true;
        start(PAUSED);
        yield domain;
      }
      case "virDomainGetTime" -> {
        ((long[]) args[1])[0] = time;
        yield zeroIfExists();
      }
      case "virDomainSetTime" -> {
        time = System.currentTimeMillis() / 1000;
        yield zeroIfExists();
      }
      case "virDomainAgentSetResponseTimeout" -> zeroIfExists();
      case "virDomainListAllSnapshots" -> list((PointerArrayByReference) args[1]);
      case "virDomainSnapshotCreateXML" -> take((String) args[1], (int) args[2]);
      case "virDomainSnapshotLookupByName" -> find((String) args[1]);
      case "virDomainSnapshotCurrent" -> find(current);
      case "virDomainSnapshotGetName" -> handles.get(address(args[0]));
      case "virDomainSnapshotGetXMLDesc" -> xml(handles.get(address(args[0])));
      case "virDomainSnapshotDelete" -> delete(handles.get(address(args[0])));
      case "virDomainRevertToSnapshot" -> revert(handles.get(address(args[0])), (int) args[1]);
      case "virGetLastError" -> error;
      case "virConnectRef",
          "virConnectClose",
          "virDomainRef",
          "virDomainFree",
          "virDomainSnapshotFree" ->
          0;
      default -> throw new AssertionError(method);
    };
  }

  private static Pointer address(Object handle) {
    return ((PointerType) handle).getPointer();
  }

  private <T> T ifExists(T result) {
    if (!exists) {
      setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "no domain");
    }
    return exists ? result : null;
  }

  private int zeroIfExists() {
    return ifExists(0) == null ? -1 : 0;
  }

  private void setError(ErrorNumber code, String message) {
    error = error(code.value(), ErrorDomain.VIR_FROM_QEMU.value(), message);
  }

  /** Makes an error as libvirt reports it. */
  public static virError error(int code, int errorDomain, String message) {
    virError made = new virError();
    made.code = code;
    made.domain = errorDomain;
    made.level = ErrorLevel.VIR_ERR_ERROR.value();
    made.message = message;
    return made;
  }

  private int start(int newState) {
    id++;
    return become(newState, 1);
  }

  private int become(int newState, int newReason) {
    state = newState;
    reason = newReason;
    return 0;
  }

  private DomainSnapshotPointer find(String name) {
    if (!exists) {
      setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "no domain");
      return null;
    }
    if (!known.contains(name)) {
      setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no domain snapshot");
      return null;
    }
    return handle(name);
  }

  private DomainSnapshotPointer handle(String name) {
    Pointer address = new Pointer(0x3000L + handles.size());
    handles.put(address, name);
    return new DomainSnapshotPointer(address);
  }

  private int list(PointerArrayByReference result) {
    Pointer array = new Pointer(Native.malloc((known.size() + 1L) * Native.POINTER_SIZE));
    int index = 0;
    for (String name : known) {
      array.setPointer((long) index * Native.POINTER_SIZE, handle(name).getPointer());
      index++;
    }
    result.setValue(array);
    return index;
  }

  /** Of transient domains and those that are gone there are none. */
  private int stats(Pointer result) {
    return tell(exists && persistent, result);
  }

  private int allStats(Pointer result) {
    return tell(exists, result);
  }

  private int tell(boolean told, Pointer result) {
    statsRecord = new TypedParameters().number("state.state", state).number("state.reason", reason);
    statsList.setPointer(0, told ? statsRecord.record(domain) : null);
    result.setPointer(0, statsList);
    return told ? 1 : 0;
  }

  private int listDomains(PointerArrayByReference result) {
    Pointer array = new Pointer(Native.malloc(2L * Native.POINTER_SIZE));
    array.setPointer(0, domain.getPointer());
    result.setValue(array);
    return exists ? 1 : 0;
  }

  private DomainSnapshotPointer take(String description, int flags) {
    Matcher name = NAME.matcher(description);
    if (!name.find()) {
      throw new AssertionError(description);
    }
    boolean redefine = (flags & 1) != 0;
    addSnapshot(name.group(1), redefine ? snapshots.get(name.group(1)) : state);
    if (pausingWhenTaken) {
      become(PAUSED, 1);
    }
    return handle(name.group(1));
  }

  private OwnedString xml(String name) {
    String words =
        switch (snapshots.get(name)) {
          case RUNNING -> "running";
          case PAUSED -> "paused";
          default -> "shutoff";
        };
    return new OwnedString(
        "<domainsnapshot><name>"
            + name
            + "</name><state>"
            + words
            + "</state><domain type='qemu'><name>web01</name><devices><channel type='unix'>"
            + "<target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>"
            + "</domainsnapshot>");
  }

  private int delete(String name) {
    snapshots.remove(name);
    known.remove(name);
    if (name.equals(current)) {
      current = snapshots.keySet().stream().reduce((first, second) -> second).orElse(null);
    }
    return 0;
  }

  private int revert(String name, int flags) {
    reverts.add(name);
    if (name.equals(failing)) {
      become(SHUTOFF, 6);
      if (!persistent) {
        exists = false;
        known.clear();
      }
      setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      return -1;
    }
    current = name;
    int flag = ignoringFlags ? 0 : flags;
    int target = (flag & 1) != 0 ? RUNNING : (flag & 2) != 0 ? PAUSED : snapshots.get(name);
    id++;
    return become(target, target == RUNNING ? 4 : 7);
  }
}
