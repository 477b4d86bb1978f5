package io.github.libvirtsnapshot;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.lenient;
import static org.mockito.Mockito.mock;

import com.google.common.primitives.Longs;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.mockito.invocation.InvocationOnMock;
import org.mockito.stubbing.Answer;

/**
 * A mocked libvirt with one running, persistent domain and one snapshot. The snapshot was taken
 * while the domain was running, and is the current snapshot. The mock returns results as libvirt
 * does; a revert changes nothing unless a test stubs it.
 */
public final class MockedLibvirt {
  /** The name of the domain. */
  public static final String DOMAIN = "web01";

  /** The name of the snapshot. */
  public static final String SNAPSHOT = "clean";

  private static final long OTHERS = 0x9000;

  /** The UUID of the domain. */
  public static final String UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f";

  /** The mock, for more stubbing and for verification. */
  public final LibvirtLibrary library = mock(LibvirtLibrary.class);

  /** Counts the references that the mock returned and that were released. */
  public final CountingLibvirt references = CountingLibvirt.of(library);

  /** The native connection. */
  public final ConnectPointer connect = new ConnectPointer(new Pointer(0x1000));

  /** The native domain. */
  public final DomainPointer domain = new DomainPointer(new Pointer(0x2000));

  /** The native snapshot. */
  public final DomainSnapshotPointer snapshot = new DomainSnapshotPointer(new Pointer(0x3000));

  private long libvirtVersion = 9_000_000;

  private final AtomicReference<int[]> state = new AtomicReference<>(new int[] {1, 1});

  /** Creates a libvirt without errors. */
  public MockedLibvirt() {
    lenient().when(library.virConnectOpen(anyString())).thenReturn(connect);
    lenient().when(library.virDomainLookupByName(any(), anyString())).thenReturn(domain);
    lenient().when(library.virDomainLookupByUUIDString(any(), anyString())).thenReturn(domain);
    lenient().when(library.virDomainGetID(domain)).thenReturn(7);
    lenient().when(library.virDomainGetConnect(domain)).thenReturn(connect);
    lenient().when(library.virDomainGetName(domain)).thenReturn(DOMAIN);
    lenient().when(library.virDomainGetUUIDString(any(), any())).then(uuid(UUID));
    lenient().when(library.virDomainGetState(any(), any(), any(), anyInt())).then(this::readState);
    lenient().when(library.virDomainIsPersistent(domain)).thenReturn(1);
    lenient()
        .when(library.virDomainSnapshotLookupByName(any(), anyString(), anyInt()))
        .thenReturn(snapshot);
    lenient().when(library.virDomainSnapshotCurrent(any(), anyInt())).thenReturn(snapshot);
    lenient().when(library.virDomainSnapshotGetName(any())).thenReturn(SNAPSHOT);
    lenient().when(library.virConnectGetURI(any())).thenReturn(new OwnedString("mock:///"));
    lenient().when(library.virConnectGetType(any())).thenReturn("QEMU");
    lenient().when(library.virConnectGetLibVersion(any(), any())).then(this::readVersion);
    lenient()
        .when(library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<domain type='qemu'><name>web01</name></domain>"));
    lenient()
        .when(library.virConnectGetDomainCapabilities(any(), any(), any(), any(), any(), anyInt()))
        .thenReturn(new OwnedString("<domainCapabilities/>"));
    lenient().when(library.virNodeGetCPUMap(any(), any(), any(), anyInt())).thenReturn(8);
    lenient()
        .when(library.virConnectDomainXMLToNative(any(), any(), any(), anyInt()))
        .thenReturn(new OwnedString("/usr/bin/qemu-system-x86_64"));
    lenient()
        .when(library.virDomainSnapshotCreateXML(any(), anyString(), anyInt()))
        .thenReturn(new DomainSnapshotPointer(new Pointer(0x4000)));
    lenient()
        .when(library.virConnectGetAllDomainStats(any(), anyInt(), any(), anyInt()))
        .thenReturn(-1);
    takenWhile("running");
  }

  /** Adds other domains to the host: the key is the name, the value the XML definition. */
  public void addOthers(Map<String, String> definitions) {
    List<Long> listed = new ArrayList<>(List.of(Pointer.nativeValue(domain.getPointer())));
    definitions.forEach(
        (name, definition) -> {
          DomainPointer other = other(listed.size());
          listed.add(Pointer.nativeValue(other.getPointer()));
          lenient().when(library.virDomainGetConnect(other)).thenReturn(connect);
          lenient()
              .when(library.virDomainGetID(other))
              .thenReturn(definition.contains(" id=") ? 3 : -1);
          lenient()
              .when(library.virDomainLookupByUUIDString(any(), eq(uuidOf(name))))
              .thenReturn(other);
          lenient().when(library.virDomainGetName(other)).thenReturn(name);
          lenient()
              .doAnswer(uuid(uuidOf(name)))
              .when(library)
              .virDomainGetUUIDString(eq(other), any());
          lenient()
              .when(library.virDomainGetXMLDesc(eq(other), anyInt()))
              .thenReturn(new OwnedString(definition));
        });
    lenient()
        .when(library.virConnectListAllDomains(any(), any(), anyInt()))
        .then(array(Longs.toArray(listed)));
  }

  /**
   * Lets libvirt return the images of all inactive domains in one call, as it does for QEMU.
   *
   * @param images the paths for the domain and each of the others, in their order; null for an
   *     active domain, an empty text for a disk without a path
   */
  public void tellImages(List<List<String>> images) {
    Memory list = new Memory((long) images.size() * Native.POINTER_SIZE);
    List<TypedParameters> records = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      if (images.get(i) != null) {
        TypedParameters record = parameters(images.get(i));
        list.setPointer(
            (long) records.size() * Native.POINTER_SIZE, record.record(i == 0 ? domain : other(i)));
        records.add(record);
      }
    }
    lenient()
        .when(library.virConnectGetAllDomainStats(any(), anyInt(), any(), anyInt()))
        .then(
            call -> {
              call.<Pointer>getArgument(2).setPointer(0, list);
              return records.size();
            });
  }

  private static TypedParameters parameters(List<String> images) {
    TypedParameters parameters = new TypedParameters().unsigned("block.count", images.size());
    for (int i = 0; i < images.size(); i++) {
      if (!images.get(i).isEmpty()) {
        parameters.text("block." + i + ".path", images.get(i));
      }
    }
    return parameters;
  }

  /** Returns the UUID of another domain. */
  public static String uuidOf(String name) {
    return java.util.UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** Returns the native domain with this index among the others, from 1. */
  public static DomainPointer other(int place) {
    return new DomainPointer(new Pointer(OTHERS + place));
  }

  /** Sets the version of libvirt on the host. */
  public void setLibvirtVersion(long version) {
    libvirtVersion = version;
  }

  private int readVersion(InvocationOnMock call) {
    call.<NativeLongByReference>getArgument(1).setValue(new NativeLong(libvirtVersion));
    return 0;
  }

  /** Opens a connection. */
  public Connect connect() throws LibvirtException {
    return new Connect(references.library(), "mock:///", false);
  }

  /** Returns a handle of the domain; the handle of its connection is closed already. */
  public Domain open() throws LibvirtException {
    try (Connect opened = connect()) {
      return opened.domainLookupByName(DOMAIN);
    }
  }

  /** Sets the state of the domain and the reason for it, as libvirt's numbers. */
  public void setState(int newState, int newReason) {
    state.set(new int[] {newState, newReason});
  }

  /** Names the snapshot, which is the current one. */
  public void setSnapshotName(String name) {
    lenient().when(library.virDomainSnapshotGetName(any())).thenReturn(name);
  }

  /** Lets reading the state fail from now on. */
  public void failToReadState() {
    state.set(null);
  }

  /** Sets the state in which the snapshot was taken, in its XML. */
  public void takenWhile(String stateTaken) {
    lenient()
        .when(library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>"
                    + stateTaken
                    + "</state><domain type='qemu'><name>web01</name><devices><channel type='unix'>"
                    + "<target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>"
                    + "</domain></domainsnapshot>"));
  }

  /** Sets the error that libvirt reports for each failed call. */
  public void setError(ErrorNumber code, String message) {
    lenient().when(library.virGetLastError()).thenReturn(error(code.value(), message));
  }

  static virError error(int code, String message) {
    virError error = new virError();
    error.code = code;
    error.domain = ErrorDomain.VIR_FROM_QEMU.value();
    error.level = ErrorLevel.VIR_ERR_ERROR.value();
    error.message = message;
    return error;
  }

  static Answer<Integer> uuid(String uuid) {
    return call -> {
      byte[] buffer = call.getArgument(1);
      byte[] text = uuid.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(text, 0, buffer, 0, text.length);
      return 0;
    };
  }

  /** Returns an array as libvirt does: in memory that the caller frees. */
  static Answer<Integer> array(long... addresses) {
    return call -> {
      PointerArrayByReference reference = call.getArgument(1);
      Pointer array = new Pointer(Native.malloc((long) addresses.length * Native.POINTER_SIZE + 1));
      for (int i = 0; i < addresses.length; i++) {
        array.setPointer((long) i * Native.POINTER_SIZE, new Pointer(addresses[i]));
      }
      reference.setValue(array);
      return addresses.length;
    };
  }

  private int readState(InvocationOnMock call) {
    int[] stateAndReason = state.get();
    if (stateAndReason == null) {
      return -1;
    }
    call.<int[]>getArgument(1)[0] = stateAndReason[0];
    call.<int[]>getArgument(2)[0] = stateAndReason[1];
    return 0;
  }
}
