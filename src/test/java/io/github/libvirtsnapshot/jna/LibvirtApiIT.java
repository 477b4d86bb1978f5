package io.github.libvirtsnapshot.jna;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import com.google.common.io.MoreFiles;
import com.sun.jna.Callback;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.CloseReason;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectAuth;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorLevel;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.ConnectFlag;
import io.github.libvirtsnapshot.flags.DeviceModifyFlag;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainDefineFlag;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.flags.ManagedSaveFlag;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Compares the binding with libvirt's own description of its API, libvirt-api.xml. The default path
 * of the file is Debian's; the system property {@code libvirt.api} sets another path.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LibvirtApiIT {
  private static final String API =
      System.getProperty("libvirt.api", "/usr/share/libvirt/api/libvirt-api.xml");

  /** The C types of arguments and results for each Java type. */
  private static final Map<Class<?>, List<String>> C_TYPES =
      Map.ofEntries(
          Map.entry(ConnectPointer.class, List.of("virConnectPtr")),
          Map.entry(DomainPointer.class, List.of("virDomainPtr")),
          Map.entry(DomainSnapshotPointer.class, List.of("virDomainSnapshotPtr")),
          Map.entry(
              PointerArrayByReference.class,
              List.of(
                  "virDomainPtr **",
                  "virDomainSnapshotPtr **",
                  "virDomainCheckpointPtr **",
                  "virDomainInterfacePtr **")),
          Map.entry(DomainCheckpointPointer.class, List.of("virDomainCheckpointPtr")),
          Map.entry(NetworkPointer.class, List.of("virNetworkPtr")),
          Map.entry(StoragePoolPointer.class, List.of("virStoragePoolPtr")),
          Map.entry(StorageVolPointer.class, List.of("virStorageVolPtr")),
          Map.entry(StreamPointer.class, List.of("virStreamPtr")),
          Map.entry(NodeDevicePointer.class, List.of("virNodeDevicePtr")),
          Map.entry(virDomainInfo.class, List.of("virDomainInfoPtr")),
          Map.entry(virDomainInterface.class, List.of("virDomainInterfacePtr")),
          Map.entry(virDomainBlockInfo.class, List.of("virDomainBlockInfoPtr")),
          Map.entry(virDomainJobInfo.class, List.of("virDomainJobInfoPtr")),
          Map.entry(virConnectAuth.class, List.of("virConnectAuthPtr")),
          Map.entry(Callback.class, List.of("virConnectCloseFunc")),
          Map.entry(virDomainBlockJobInfo.class, List.of("virDomainBlockJobInfoPtr")),
          Map.entry(virNodeInfo.class, List.of("virNodeInfoPtr")),
          Map.entry(virError.class, List.of("virErrorPtr")),
          Map.entry(OwnedString.class, List.of("char *")),
          Map.entry(String.class, List.of("const char *")),
          Map.entry(byte[].class, List.of("char *")),
          Map.entry(Pointer[].class, List.of("char **")),
          Map.entry(
              Pointer.class,
              List.of(
                  "void *",
                  "virErrorFunc",
                  "virFreeCallback",
                  "virEventTimeoutCallback",
                  "virDomainPtr *",
                  "virTypedParameterPtr",
                  "virDomainStatsRecordPtr *",
                  "virDomainStatsRecordPtr **",
                  "const char **",
                  "unsigned char **")),
          Map.entry(NativeLongByReference.class, List.of("unsigned long *")),
          Map.entry(int[].class, List.of("int *", "unsigned int *")),
          Map.entry(long[].class, List.of("long long *")),
          Map.entry(long.class, List.of("long long", "unsigned long long")),
          Map.entry(SizeT.class, List.of("size_t")),
          Map.entry(String[].class, List.of("const char **")),
          Map.entry(int.class, List.of("int", "unsigned int")),
          Map.entry(void.class, List.of("void")));

  /**
   * The constants that some supported versions of libvirt lack, with the version that added them.
   */
  private static final Map<String, Integer> NEWER =
      Map.ofEntries(
          Map.entry("VIR_ERR_MULTIPLE_DOMAINS", 7_001_000),
          Map.entry("VIR_FROM_CH", 7_005_000),
          Map.entry("VIR_DOMAIN_SNAPSHOT_REVERT_RESET_NVRAM", 8_001_000),
          Map.entry("VIR_DOMAIN_START_RESET_NVRAM", 8_001_000),
          Map.entry("VIR_DOMAIN_SAVE_RESET_NVRAM", 8_001_000),
          Map.entry("VIR_DOMAIN_RUNNING_POSTCOPY_FAILED", 8_005_000),
          Map.entry("VIR_DOMAIN_UNDEFINE_TPM", 8_009_000),
          Map.entry("VIR_DOMAIN_UNDEFINE_KEEP_TPM", 8_009_000),
          Map.entry("VIR_DOMAIN_PAUSED_API_ERROR", 9_002_000),
          Map.entry("VIR_ERR_NO_NETWORK_METADATA", 9_007_000),
          Map.entry("VIR_ERR_AGENT_COMMAND_TIMEOUT", 11_002_000),
          Map.entry("VIR_ERR_AGENT_COMMAND_FAILED", 11_002_000),
          Map.entry("VIR_ERR_INVALID_ENCR_KEY_SECRET", 12_001_000));

  /** All constants of libvirt up to this version must be here; newer constants are only printed. */
  private static final int COMPLETE_UP_TO = 12_008_000;

  private static final Pattern LINK =
      Pattern.compile("https://libvirt\\.org/html/libvirt-([a-z-]+)\\.html#(\\w+)");

  private SetMultimap<String, String> exported;
  private Map<String, Element> functions;
  private List<Element> constants;
  private long installed;

  @BeforeAll
  void read() throws Exception {
    Element api =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(new File(API))
            .getDocumentElement();
    exported = HashMultimap.create();
    for (Element file : elements(api, "file").toList()) {
      elements(file, "exports")
          .forEach(
              symbol -> exported.put(file.getAttribute("name"), symbol.getAttribute("symbol")));
    }
    functions =
        elements(api, "function")
            .collect(toMap(function -> function.getAttribute("name"), Function.identity()));
    constants = elements(api, "enum").toList();
    try (Connect connect = new Connect("test:///default")) {
      installed = connect.getLibVersion();
    }
  }

  private static Stream<Element> elements(Element parent, String tag) {
    NodeList list = parent.getElementsByTagName(tag);
    return IntStream.range(0, list.getLength()).mapToObj(i -> (Element) list.item(i));
  }

  @Test
  void declaresAllFunctionsOfSnapshotHeader() {
    List<String> declared = declared().map(Method::getName).toList();
    List<String> inHeader =
        functions.values().stream()
            .filter(function -> function.getAttribute("file").equals("libvirt-domain-snapshot"))
            .map(function -> function.getAttribute("name"))
            .toList();

    assertTrue(inHeader.size() >= 21, inHeader.toString());
    assertEquals(List.of(), inHeader.stream().filter(name -> !declared.contains(name)).toList());
  }

  private static Stream<Method> declared() {
    return Arrays.stream(LibvirtLibrary.class.getDeclaredMethods())
        .filter(method -> !method.isSynthetic());
  }

  @ParameterizedTest
  @MethodSource("declared")
  void declaresEachFunctionWithItsSignature(Method method) {
    Element function = functions.get(method.getName());
    assertNotNull(function, "libvirt has no such function");
    Element result = elements(function, "return").findFirst().orElseThrow();
    assertSameType(result.getAttribute("type"), method.getReturnType());
    List<Element> arguments = elements(function, "arg").toList();
    assertEquals(arguments.size(), method.getParameterCount());
    for (int i = 0; i < arguments.size(); i++) {
      assertSameType(arguments.get(i).getAttribute("type"), method.getParameterTypes()[i]);
    }
  }

  private static void assertSameType(String inC, Class<?> inJava) {
    assertTrue(
        C_TYPES.getOrDefault(inJava, List.of()).contains(inC),
        () -> inC + " does not match " + inJava);
  }

  /** A page of libvirt's reference has the name of a file of the API. */
  @Test
  void linksInTheJavadocLeadToWhatTheirPageDescribes() throws IOException {
    List<String> wrong = new ArrayList<>();
    int links = 0;
    for (Path source : MoreFiles.fileTraverser().depthFirstPreOrder(Path.of("src/main/java"))) {
      if (Files.isRegularFile(source)) {
        Matcher link = LINK.matcher(Files.readString(source));
        while (link.find()) {
          links++;
          if (!exported.containsEntry(link.group(1), link.group(2))) {
            wrong.add(source + ": " + link.group());
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(links > 100, links + " links");
  }

  @Test
  void unsignedLongHasSizeOfPlatform() {
    assertEquals(NativeLong.SIZE, new NativeLong().nativeType() == Long.class ? 8 : 4);
  }

  static Stream<Arguments> enums() {
    return Stream.of(
        Arguments.of("virErrorNumber", "", ErrorNumber.class),
        Arguments.of("virErrorDomain", "", ErrorDomain.class),
        Arguments.of("virErrorLevel", "", ErrorLevel.class),
        Arguments.of("virConnectCredentialType", "", ConnectAuth.CredentialType.class),
        Arguments.of("virConnectFlags", "VIR_CONNECT_", ConnectFlag.class),
        Arguments.of("virConnectCloseReason", "VIR_CONNECT_CLOSE_REASON_", CloseReason.class),
        Arguments.of("virDomainState", "VIR_DOMAIN_", DomainState.class),
        Arguments.of("virDomainCreateFlags", "VIR_DOMAIN_START_", DomainCreateFlag.class),
        Arguments.of("virDomainDefineFlags", "VIR_DOMAIN_DEFINE_", DomainDefineFlag.class),
        Arguments.of("virDomainXMLFlags", "VIR_DOMAIN_XML_", DomainXmlFlag.class),
        Arguments.of(
            "virDomainUndefineFlagsValues", "VIR_DOMAIN_UNDEFINE_", DomainUndefineFlag.class),
        Arguments.of("virDomainSaveRestoreFlags", "VIR_DOMAIN_SAVE_", ManagedSaveFlag.class),
        Arguments.of(
            "virDomainSnapshotCreateFlags",
            "VIR_DOMAIN_SNAPSHOT_CREATE_",
            SnapshotCreateFlag.class),
        Arguments.of(
            "virDomainSnapshotListFlags", "VIR_DOMAIN_SNAPSHOT_LIST_", SnapshotListFlag.class),
        Arguments.of(
            "virDomainSnapshotDeleteFlags",
            "VIR_DOMAIN_SNAPSHOT_DELETE_",
            SnapshotDeleteFlag.class),
        Arguments.of(
            "virDomainSnapshotXMLFlags", "VIR_DOMAIN_SNAPSHOT_XML_", SnapshotXmlFlag.class),
        Arguments.of(
            "virDomainDeviceModifyFlags", "VIR_DOMAIN_DEVICE_MODIFY_", DeviceModifyFlag.class),
        Arguments.of(
            "virDomainInterfaceAddressesSource",
            "VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_",
            InterfaceAddressSource.class),
        Arguments.of(
            "virDomainSnapshotRevertFlags", "VIR_DOMAIN_SNAPSHOT_REVERT_", RevertFlag.class));
  }

  @ParameterizedTest
  @MethodSource("enums")
  void enumsHaveAllConstantsOfLibvirt(
      String type, String prefix, Class<? extends NativeConstant> ourEnum) {
    assertSameConstants(constantsOf(type), named(prefix, ourEnum.getEnumConstants()));
  }

  @Test
  void stateReasonsHaveAllConstantsOfLibvirt() {
    Map<String, Integer> theirs =
        constants.stream()
            .map(constant -> constant.getAttribute("type"))
            .filter(
                type ->
                    type.matches(
                        "virDomain(Nostate|Running|Blocked|Paused|Shutdown|Shutoff|Crashed|PMSuspended)Reason"))
            .distinct()
            .flatMap(type -> constantsOf(type).entrySet().stream())
            .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertSameConstants(theirs, named("VIR_DOMAIN_", StateReason.values()));
    for (StateReason reason : StateReason.values()) {
      assertTrue(reason.name().startsWith(reason.state().name()), reason.name());
    }
  }

  private Map<String, Integer> constantsOf(String type) {
    return constants.stream()
        .filter(constant -> constant.getAttribute("type").equals(type))
        .filter(constant -> !constant.getAttribute("name").matches(".*_LAST|VIR_DOMAIN_NONE"))
        .collect(toMap(constant -> constant.getAttribute("name"), this::value));
  }

  /** The value of a constant is a number or the name of another constant. */
  private int value(Element constant) {
    String value = constant.getAttribute("value");
    return constants.stream()
        .filter(other -> other.getAttribute("name").equals(value))
        .findFirst()
        .map(this::value)
        .orElseGet(() -> Integer.parseInt(value));
  }

  private static Map<String, Integer> named(String prefix, NativeConstant[] ours) {
    return Arrays.stream(ours)
        .filter(constant -> constant.value() >= 0)
        .collect(toMap(constant -> prefix + constant, NativeConstant::value));
  }

  private void assertSameConstants(Map<String, Integer> theirs, Map<String, Integer> ours) {
    assertTrue(!theirs.isEmpty(), "libvirt has no such enum");
    theirs.forEach(
        (name, value) -> {
          if (ours.containsKey(name) || installed <= COMPLETE_UP_TO) {
            assertEquals(value, ours.get(name), name);
          } else {
            System.out.println("libvirt " + installed + " also has " + name + " = " + value);
          }
        });
    ours.keySet().stream()
        .filter(name -> !theirs.containsKey(name))
        .forEach(
            name ->
                assertTrue(
                    NEWER.getOrDefault(name, 0) > installed,
                    () -> "libvirt " + installed + " should know " + name));
  }
}
