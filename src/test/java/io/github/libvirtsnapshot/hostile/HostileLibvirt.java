package io.github.libvirtsnapshot.hostile;

import com.google.common.collect.ImmutableSet;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.NativeInterfaces;
import io.github.libvirtsnapshot.TypedParameters;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.PointerArrayByReference;
import io.github.libvirtsnapshot.jna.virDomainBlockInfo;
import io.github.libvirtsnapshot.jna.virDomainBlockJobInfo;
import io.github.libvirtsnapshot.jna.virDomainInfo;
import io.github.libvirtsnapshot.jna.virDomainJobInfo;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.jna.virNodeInfo;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A libvirt whose server returns false answers. Most answers are those of a {@link FakeLibvirt}, so
 * that false answers also reach the inner parts of the library. Values that libvirt's client
 * creates are never false: a server does not control the memory behind a pointer, and an array ends
 * with a null.
 */
final class HostileLibvirt implements InvocationHandler {
  /** Functions of the client: the server does not control references and events. */
  private static final String WITHIN_THE_CLIENT = "vir.*(Ref|Free|Close|GetConnect)|virEvent.*";

  /** The structures in its list are those of the client. */
  private static final String INTERFACES = "virDomainInterfaceAddresses";

  private static final int[] NUMBERS = {
    -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0, 1, 2, 3, 7, 100, 100_000, -2
  };

  private static final String DEVICES =
      """
      <devices><emulator>/usr/bin/qemu</emulator>
      <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a/vda.2'/>
      <backingStore type='file'><format type='qcow2'/><source file='/a/vda.1'/><backingStore/>
      </backingStore><target dev='vda' bus='virtio'/></disk>
      <disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vdb'/></disk>
      <interface type='network'><mac address='52:54:00:00:00:01'/><source network='n'/></interface>
      <graphics type='vnc' port='5900' autoport='no'/><serial type='pty'/>
      <hostdev type='pci'><source><address domain='0x0' bus='0x0' slot='0x2' function='0x0'/>
      </source></hostdev>
      <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>
      """;

  private static final String DOMAIN =
      "<domain type='qemu' id='1'><name>web01</name><metadata><m:x xmlns:m='u'>1</m:x></metadata>"
          + "<memory>65536</memory><vcpu>1</vcpu><os firmware='efi'><type arch='x86_64'"
          + " machine='pc'>hvm</type><nvram format='qcow2'>/a/nvram</nvram></os>"
          + "<cpu mode='custom' check='partial'><model>qemu64</model></cpu>"
          + DEVICES
          + "</domain>";

  private static final String VOLUME =
      "<volume><capacity unit='bytes'>1048576</capacity><target><path>/images/a</path>"
          + "<format type='qcow2'/><timestamps><mtime>1700000000.000000001</mtime></timestamps>"
          + "</target></volume>";

  /** The types of output arguments. */
  private static final ImmutableSet<Class<?>> OUTPUTS =
      ImmutableSet.of(
          int[].class,
          long[].class,
          byte[].class,
          NativeLongByReference.class,
          PointerArrayByReference.class,
          Pointer.class,
          virDomainInfo.class,
          virDomainBlockInfo.class,
          virDomainBlockJobInfo.class,
          virDomainJobInfo.class,
          virNodeInfo.class);

  private final FakeLibvirt honest = new FakeLibvirt();
  private final NativeInterfaces interfaces =
      new NativeInterfaces().add("eth0", "10.0.2.15", "no address");
  private final List<WrongAnswer> wrongAnswers;
  private final int[] calls;

  /** The memory of answers; it must stay reachable until it is freed. */
  private final List<Object> kept = new ArrayList<>();

  HostileLibvirt(List<WrongAnswer> wrongAnswers) {
    this.wrongAnswers = wrongAnswers;
    this.calls = new int[wrongAnswers.size()];
    honest
        .addDomain("web01", DomainState.RUNNING)
        .addSnapshot("base", DomainState.SHUTOFF)
        .addSnapshot("clean", DomainState.RUNNING)
        .addSnapshot("later", DomainState.RUNNING);
  }

  LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
  }

  /** Returns whether the answer of a function can be false in this way. */
  static boolean canBeWrong(Method function, WrongAnswer.Kind kind) {
    Class<?> answer = function.getReturnType();
    if (function.getName().matches(WITHIN_THE_CLIENT)) {
      return false;
    }
    return switch (kind) {
      case NOTHING -> answer != void.class;
      case NUMBER -> answer == int.class;
      case OUTPUT ->
          answer == int.class
              && !function.getName().equals(INTERFACES)
              && Stream.of(function.getParameterTypes()).anyMatch(OUTPUTS::contains);
      case TEXT, CHANGED_TEXT -> answer == String.class || answer == OwnedString.class;
      case ERROR -> answer == virError.class;
    };
  }

  @Override
  public synchronized Object invoke(Object proxy, Method function, Object[] arguments) {
    Object answer = honestly(function, arguments);
    if (function.getName().contains("ListAll")) {
      answer = list((Integer) answer, (PointerArrayByReference) arguments[1]);
    }
    for (int i = 0; i < wrongAnswers.size(); i++) {
      WrongAnswer wrongAnswer = wrongAnswers.get(i);
      if (wrongAnswer.function().equals(function.getName())
          && wrongAnswer.when().includes(calls[i]++)) {
        answer = distorted(wrongAnswer, function, arguments, answer);
      }
    }
    return answer;
  }

  private Object honestly(Method function, Object[] arguments) {
    if (function.getName().equals("virDomainStatsRecordListFree") && kept.contains(arguments[0])) {
      return null;
    }
    Object answer = answerOfFake(function, arguments);
    return switch (function.getName()) {
      case "virDomainGetXMLDesc" -> new OwnedString(DOMAIN);
      case INTERFACES -> interfaces.list((PointerArrayByReference) arguments[1]);
      case "virDomainSnapshotGetXMLDesc" ->
          answer instanceof OwnedString xml ? new OwnedString(described(xml.value())) : null;
      case "virDomainCheckpointGetXMLDesc" ->
          new OwnedString("<domaincheckpoint>" + DOMAIN + "</domaincheckpoint>");
      case "virStorageVolLookupByPath" ->
          arguments[1].equals("/images/a") ? anyOf(function.getReturnType()) : answer;
      case "virStoragePoolLookupByTargetPath", "virStoragePoolCreateXML" ->
          anyOf(function.getReturnType());
      case "virStoragePoolGetXMLDesc" ->
          new OwnedString("<pool type='dir'><available unit='bytes'>1048576</available></pool>");
      case "virStorageVolGetXMLDesc" -> new OwnedString(VOLUME);
      case "virConnectGetDomainCapabilities" ->
          new OwnedString(
              "<domainCapabilities><cpu><mode name='custom' supported='yes'><model>qemu64</model>"
                  + "</mode></cpu></domainCapabilities>");
      default -> answer;
    };
  }

  private static String described(String xml) {
    int domain = xml.indexOf("<domain ");
    if (domain < 0) {
      return xml;
    }
    return xml.substring(0, domain)
        + "<creationTime>1700000000</creationTime><parent><name>base</name></parent>"
        + "<memory snapshot='internal'/><disks><disk name='vda' snapshot='internal'/>"
        + "<disk name='vdb' snapshot='external' type='file'><source file='/a/vdb.1'/></disk>"
        + "</disks>"
        + DOMAIN
        + "</domainsnapshot>";
  }

  /**
   * The fake lacks some functions, and does not support arguments that result from false answers.
   */
  private Object answerOfFake(Method function, Object[] arguments) {
    try {
      return function.invoke(honest.library(), arguments);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return anyOf(function.getReturnType());
    }
  }

  private static Object anyOf(Class<?> type) {
    if (type == int.class) {
      return 0;
    }
    if (type == OwnedString.class) {
      return new OwnedString("<x/>");
    }
    if (type == String.class) {
      return "text";
    }
    if (PointerType.class.isAssignableFrom(type)) {
      return pointer(type, 0x9000);
    }
    return null;
  }

  private static Object pointer(Class<?> type, long address) {
    try {
      return type.getConstructor(Pointer.class).newInstance(new Pointer(address));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type.getName(), e);
    }
  }

  /**
   * Copies a list to memory that is longer than the list, and that ends with a null. If the fake
   * has no such list, the copy has one element.
   */
  private static int list(int count, PointerArrayByReference list) {
    Pointer old = list.getValue();
    int length = old == null ? 1 : Math.max(0, count);
    long size = (length + 2L) * Native.POINTER_SIZE;
    Pointer longer = new Pointer(Native.malloc(size));
    longer.setMemory(0, size, (byte) 0);
    if (old == null) {
      longer.setPointer(0, new Pointer(0x8000));
    } else {
      longer.write(0, old.getPointerArray(0, length), 0, length);
      Native.free(Pointer.nativeValue(old));
    }
    list.setValue(longer);
    return length;
  }

  private Object distorted(
      WrongAnswer wrongAnswer, Method function, Object[] arguments, Object answer) {
    Random random = new Random(wrongAnswer.seed());
    return switch (wrongAnswer.kind()) {
      case NOTHING -> nothing(function, arguments);
      case NUMBER -> {
        if (isStatistics(function)) {
          fillStatistics((Pointer) arguments[2], random);
        }
        yield answer instanceof Integer ? NUMBERS[random.nextInt(NUMBERS.length)] : answer;
      }
      case OUTPUT -> {
        fill(arguments, random);
        yield isStatistics(function) ? fillStatistics((Pointer) arguments[2], random) : answer;
      }
      case TEXT -> text(answer, HostileTexts.any(random));
      case CHANGED_TEXT -> text(answer, HostileTexts.changed(textOf(answer), random));
      case ERROR ->
          FaultInjection.error(
              random.nextInt(120) - 10, random.nextInt(80) - 10, asRead(HostileTexts.any(random)));
    };
  }

  private static Object nothing(Method function, Object[] arguments) {
    if (function.getName().contains("ListAll") || function.getName().equals(INTERFACES)) {
      PointerArrayByReference list = (PointerArrayByReference) arguments[1];
      Native.free(Pointer.nativeValue(list.getValue()));
      list.setValue(null);
    }
    return function.getReturnType() == int.class ? -1 : null;
  }

  private static String textOf(Object answer) {
    return answer instanceof OwnedString owned ? owned.value() : answer + "";
  }

  private static Object text(Object honest, String text) {
    String read = asRead(text);
    return honest instanceof OwnedString
        ? new OwnedString(read)
        : honest instanceof String ? read : honest;
  }

  /** A C string ends at its first NUL, and invalid UTF-8 is replaced. */
  private static String asRead(String text) {
    int nul = text.indexOf('\0');
    byte[] bytes = (nul < 0 ? text : text.substring(0, nul)).getBytes(StandardCharsets.UTF_8);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void fill(Object[] arguments, Random random) {
    for (Object argument : arguments == null ? new Object[0] : arguments) {
      if (argument instanceof int[] numbers) {
        numbers[0] = random.nextInt();
      } else if (argument instanceof long[] numbers) {
        numbers[0] = random.nextLong();
      } else if (argument instanceof byte[] bytes) {
        random.nextBytes(bytes);
      } else if (argument instanceof NativeLongByReference number) {
        number.setValue(new NativeLong(random.nextLong()));
      } else if (argument instanceof PointerArrayByReference list && list.getValue() != null) {
        list.getValue().setPointer(0, random.nextBoolean() ? null : new Pointer(0x3001));
      } else if (argument instanceof PointerType struct
          && struct.getPointer() instanceof Memory memory) {
        byte[] bytes = new byte[(int) memory.size()];
        random.nextBytes(bytes);
        memory.write(0, bytes, 0, bytes.length);
      }
    }
  }

  private static boolean isStatistics(Method function) {
    return function.getName().endsWith("Stats");
  }

  /** Writes a list with one record, and returns its length. */
  private int fillStatistics(Pointer list, Random random) {
    TypedParameters values = new TypedParameters();
    for (String name :
        List.of("state.state", "state.reason", "block.count", "block.0.path", "block.1.path")) {
      switch (random.nextInt(5)) {
        case 0 -> values.number(name, NUMBERS[random.nextInt(NUMBERS.length)]);
        case 1 -> values.unsigned(name, random.nextInt());
        case 2 -> values.text(name, "/a/vda.1");
        case 3 -> values.text(name, random.nextBoolean() ? null : "x".repeat(100_000));
        default -> {}
      }
    }
    Memory records = new Memory(2L * Native.POINTER_SIZE);
    records.setPointer(0, values.record(new DomainPointer(new Pointer(0x2000))));
    records.setPointer(Native.POINTER_SIZE, null);
    kept.add(values);
    kept.add(records);
    list.setPointer(0, records);
    return 1;
  }
}
