package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.when;

import com.google.common.base.Splitter;
import com.google.common.base.Throwables;
import com.google.common.collect.Iterables;
import com.google.common.reflect.ClassPath;
import com.google.common.reflect.ClassPath.ClassInfo;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainInterface;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NativeInterfaces;
import io.github.libvirtsnapshot.archive.SnapshotArchive;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.fleet.FleetPlan;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.junit.TestDomain;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.PoolSettings;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.pool.SamplePooledDomain;
import io.github.libvirtsnapshot.xml.UnreadableXmlException;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The text of each public type of the library has no forged line, no control sequence and no
 * secret. Reflection finds the types, so new types are tested too.
 */
class HostileTextTest extends MockedRevert {
  private static final String ROOT = Connect.class.getPackageName();

  /** Packages whose types, except for exceptions, never reach a program. */
  private static final Set<String> INTERNAL =
      Set.of(
          ROOT + ".jna",
          ROOT + ".xml",
          ROOT + ".images",
          ROOT + ".definition",
          ROOT + ".internal",
          ROOT + ".calls",
          ROOT + ".plan.facts",
          ROOT + ".plan.rules",
          ROOT + ".plan.analysis");

  private final HostileValues values = new HostileValues();
  private final NativeInterfaces interfaces = new NativeInterfaces();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  static List<Class<?>> typesWithText() throws IOException {
    return publicTypes().filter(HostileTextTest::writesText).toList();
  }

  static List<Class<?>> deserializableRecords() throws IOException {
    return publicTypes()
        .filter(Class::isRecord)
        .filter(
            type -> Serializable.class.isAssignableFrom(type) || type.equals(RevertIntent.class))
        .toList();
  }

  private static Stream<Class<?>> publicTypes() throws IOException {
    return ClassPath.from(LibvirtError.class.getClassLoader())
        .getTopLevelClassesRecursive(ROOT)
        .stream()
        .map(ClassInfo::load)
        .flatMap(HostileTextTest::withMembers)
        .filter(HostileTextTest::isInLibrary)
        .filter(type -> !type.isInterface() && !type.isEnum())
        .filter(type -> !INTERNAL.contains(type.getPackageName()) || isThrowable(type));
  }

  private static Stream<Class<?>> withMembers(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        ? Stream.concat(
            Stream.of(type),
            Arrays.stream(type.getDeclaredClasses()).flatMap(HostileTextTest::withMembers))
        : Stream.empty();
  }

  private static boolean isInLibrary(Class<?> type) {
    return type.getProtectionDomain()
        .getCodeSource()
        .equals(LibvirtError.class.getProtectionDomain().getCodeSource());
  }

  private static boolean isThrowable(Class<?> type) {
    return Throwable.class.isAssignableFrom(type);
  }

  private static boolean writesText(Class<?> type) {
    try {
      Class<?> owner = type.getMethod("toString").getDeclaringClass();
      return !Modifier.isAbstract(type.getModifiers())
          && (isThrowable(type) || owner.getName().startsWith(ROOT));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  /** Registers the types of which reflection alone cannot create values. */
  @BeforeEach
  void registerSuppliers() throws LibvirtException {
    when(libvirt.library.virDomainGetName(any())).thenReturn(HostileValues.NAME);
    when(libvirt.library.virDomainSnapshotGetName(any())).thenReturn(HostileValues.NAME);
    Connect connect = open(new Connect(libvirt.references.library(), HostileValues.URI));
    Domain hostile = open(connect.domainLookupByName(HostileValues.NAME));
    values.add(Connect.class, () -> connect);
    values.add(Domain.class, () -> hostile);
    values.add(DomainSnapshot.class, () -> snapshot(hostile));
    values.add(GuestAgent.class, () -> GuestAgent.of(hostile));
    values.add(GuestProbe.class, () -> GuestProbe.of(HostileValues.NAME, own -> true));
    values.add(InetAddress.class, InetAddress::getLoopbackAddress);
    values.add(DomainInterface.class, () -> networkInterface(hostile));
    values.add(SnapshotReverter.class, () -> SnapshotReverter.of(hostile).to(HostileValues.NAME));
    values.add(TestDomain.class, () -> TestDomain.of(HostileValues.URI, HostileValues.NAME));
    values.add(
        FleetReverter.class,
        () -> FleetReverter.with(SnapshotReverter::of).on(HostileValues.URI, HostileValues.NAME));
    values.add(PoolSettings.class, HostileTextTest::poolSettings);
    values.add(DomainPool.class, () -> open(poolSettings().open()));
    values.add(
        PooledDomain.class, () -> SamplePooledDomain.of(HostileValues.URI, HostileValues.NAME));
    values.add(UnreadableXmlException.class, HostileTextTest::unreadable);
    values.add(SnapshotArchive.class, HostileTextTest::archive);
    values.add(RevertOutcome.class, () -> RevertOutcome.FAILED);
    values.add(RevertReport.class, () -> new RevertReport(reverted()));
  }

  private static PoolSettings poolSettings() {
    return DomainPool.with(SnapshotReverter::of).on(HostileValues.URI, HostileValues.NAME);
  }

  private static SnapshotArchive archive() {
    String name = XmlNode.ofText("name", HostileValues.NAME).exactXml();
    return SnapshotArchive.parse(
        "<snapshotArchive format='1'><domain>"
            + name
            + "<uuid>5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f</uuid></domain><snapshots><domainsnapshot>"
            + name
            + "<state>running</state></domainsnapshot></snapshots></snapshotArchive>");
  }

  private static UnreadableXmlException unreadable() {
    return assertThrows(
        UnreadableXmlException.class, () -> XmlNode.parse("<" + HostileValues.NAME));
  }

  private <T extends AutoCloseable> T open(T handle) {
    opened.push(handle);
    return handle;
  }

  private DomainSnapshot snapshot(Domain hostile) {
    try {
      return open(hostile.snapshotLookupByName(HostileValues.NAME));
    } catch (LibvirtException e) {
      throw new AssertionError(e);
    }
  }

  private DomainInterface networkInterface(Domain hostile) {
    when(libvirt.library.virDomainInterfaceAddresses(any(), any(), anyInt(), anyInt()))
        .then(interfaces.add(HostileValues.NAME, HostileValues.NAME, "192.0.2.7"));
    try {
      return hostile.interfaceAddresses(InterfaceAddressSource.AGENT).get(0);
    } catch (LibvirtException e) {
      throw new AssertionError(e);
    }
  }

  private RevertDetails reverted() {
    RevertDetails details = (RevertDetails) values.make(RevertDetails.class);
    return new RevertDetails(
        RevertOutcome.REVERTED,
        details.request(),
        details.before(),
        details.after(),
        details.begun(),
        details.attempts(),
        details.corrections(),
        details.contents(),
        details.guest(),
        details.safetySnapshot());
  }

  @AfterEach
  void closeHandles() throws Exception {
    for (AutoCloseable handle : opened) {
      handle.close();
    }
  }

  @ParameterizedTest
  @MethodSource("typesWithText")
  void publicTypeWritesNoHostileText(Class<?> type) throws Exception {
    for (String text : texts(values.make(type))) {
      assertIsHarmless(text);
    }
  }

  private static void assertIsHarmless(String text) {
    assertFalse(text.contains(HostileValues.SECRET), text);
    for (String line : Splitter.on('\n').split(text)) {
      assertFalse(line.startsWith(HostileValues.FORGED), text);
      assertEquals(LogEscaper.escapeMessage(line), line);
    }
  }

  private static List<String> texts(Object value) throws Exception {
    List<String> texts = new ArrayList<>();
    for (Method method : value.getClass().getMethods()) {
      if (method.getName().startsWith("to")
          && method.getReturnType() == String.class
          && method.getParameterCount() == 0) {
        texts.add((String) method.invoke(value));
      }
    }
    if (value instanceof Throwable failure) {
      texts.add(failure.getMessage());
      texts.add(Throwables.getStackTraceAsString(failure).replace("\t", ""));
    }
    return texts;
  }

  @Test
  void failedPlanContainsNoHostileText() {
    LibvirtException failure = (LibvirtException) values.make(LibvirtException.class);

    assertIsHarmless(
        new FleetPlan.Entry(
                HostileValues.URI,
                Optional.of(HostileValues.NAME),
                Optional.empty(),
                Optional.of(failure))
            .toString());
  }

  @Test
  void exceptionOfOtherCodeContainsNoHostileText() {
    assertIsHarmless(
        ErrorFormatter.of(new IllegalStateException(HostileValues.URI + " " + HostileValues.NAME)));
  }

  @Test
  void flightRecorderEventContainsNoHostileText(@TempDir Path directory) throws Exception {
    when(libvirt.library.virConnectGetURI(any())).then(call -> new OwnedString(HostileValues.URI));
    Path file = directory.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(RevertEvent.class);
      recording.start();
      FlightRecorderListener recorder =
          new FlightRecorderListener((Domain) values.make(Domain.class));
      recorder.failed((RevertException) values.make(RevertException.class));
      recording.dump(file);
    }
    RecordedEvent event = Iterables.getOnlyElement(RecordingFile.readAllEvents(file));
    for (ValueDescriptor field : event.getFields()) {
      if (field.getTypeName().equals(String.class.getName())
          && event.getString(field.getName()) != null) {
        assertIsHarmless(event.getString(field.getName()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("deserializableRecords")
  void deserializableRecordRefusesNull(Class<?> type) throws Exception {
    RecordComponent[] components = type.getRecordComponents();
    Record record = (Record) values.make(type);
    for (int i = 0; i < components.length; i++) {
      if (!components[i].getType().isPrimitive()) {
        Object[] arguments = HostileValues.components(record);
        arguments[i] = null;
        Throwable refused =
            assertThrows(
                    InvocationTargetException.class, () -> HostileValues.construct(type, arguments))
                .getCause();
        assertEquals(NullPointerException.class, refused.getClass());
        assertEquals(components[i].getName() + " is null", refused.getMessage());
      }
    }
  }
}
