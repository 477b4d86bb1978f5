package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.Iterables;
import com.google.common.collect.Multiset;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A plan calls each libvirt function at most once per argument, and none that changes anything. */
@Tag("qemu")
class PlanIsReadOnlyIT {
  private static final int SNAPSHOTS = 20;
  private static final int PLANS = 41;

  /** Devices for which libvirt reserves a port and creates files and sockets at a start. */
  private static final String DEVICES =
      "<graphics type='vnc' autoport='yes'/><serial type='pty'/>"
          + "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
          + "<interface type='user'/>";

  /** A call of a libvirt function in libvirtd's log. */
  private static final Pattern CALLED =
      Pattern.compile(": (vir(?:Domain|Connect|Network|Storage|Node)\\w+):\\d+ :");

  /** The daemon can close the connection of the virsh that created a pool during the plan. */
  private static final Set<String> READING =
      Set.of(
          "virConnectClose",
          "virConnectCompareHypervisorCPU",
          "virConnectDomainXMLToNative",
          "virConnectGetAllDomainStats",
          "virConnectGetDomainCapabilities",
          "virConnectGetLibVersion",
          "virConnectGetType",
          "virConnectListAllDomains",
          "virDomainGetBlockInfo",
          "virDomainGetBlockJobInfo",
          "virDomainGetJobInfo",
          "virDomainGetState",
          "virDomainGetXMLDesc",
          "virDomainHasManagedSaveImage",
          "virDomainIsPersistent",
          "virDomainListAllCheckpoints",
          "virDomainListAllSnapshots",
          "virDomainListGetStats",
          "virDomainStatsRecordListFree",
          "virDomainLookupByID",
          "virDomainLookupByUUID",
          "virDomainSnapshotCurrent",
          "virDomainSnapshotGetXMLDesc",
          "virDomainSnapshotLookupByName",
          "virDomainFree",
          "virDomainRef",
          "virDomainDispose",
          "virDomainSnapshotFree",
          "virDomainSnapshotDispose",
          "virStoragePoolDispose",
          "virStoragePoolFree",
          "virStoragePoolGetXMLDesc",
          "virStoragePoolLookupByTargetPath",
          "virStorageVolDownload",
          "virStorageVolFree",
          "virStorageVolDispose",
          "virStorageVolGetXMLDesc",
          "virStorageVolLookupByPath",
          "virNodeGetCPUMap",
          "virNodeGetInfo");

  /** An image is read twice, because a guest can change it during the first time. */
  private static final Set<String> TWICE =
      Set.of(
          "virStorageVolDownload",
          "virStreamFinish",
          "virStreamFree",
          "virStreamNew",
          "virStreamRecv");

  /** Functions that do not call the host. */
  private static final Set<String> LOCAL =
      Set.of(
          "virConnectClose",
          "virConnectRef",
          "virDomainFree",
          "virDomainGetConnect",
          "virDomainGetID",
          "virDomainGetName",
          "virDomainGetUUIDString",
          "virDomainRef",
          "virDomainSnapshotFree",
          "virDomainSnapshotGetName",
          "virDomainStatsRecordListFree",
          "virGetLastError",
          "virConnectGetType",
          "virResetLastError");

  /** Returns libvirt, with each call to the host added to the multiset by name and arguments. */
  private static LibvirtLibrary counting(Multiset<String> calls) {
    LibvirtLibrary library = NativeLibvirt.shared();
    Map<Object, String> volumes = new HashMap<>();
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            PlanIsReadOnlyIT.class.getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, args) -> {
              if (!LOCAL.contains(method.getName())) {
                calls.add(
                    method.getName()
                        + Arrays.stream(args)
                            .map(argument -> describe(library, volumes, argument))
                            .toList());
              }
              Object result = invoke(library, method, args);
              if (method.getName().equals("virStorageVolLookupByPath") && result != null) {
                volumes.put(result, (String) args[1]);
              }
              return result;
            });
  }

  /** Names objects instead of printing their address, which libvirt can reuse. */
  private static String describe(
      LibvirtLibrary library, Map<Object, String> volumes, Object argument) {
    return argument instanceof DomainSnapshotPointer snapshot
        ? library.virDomainSnapshotGetName(snapshot)
        : argument instanceof DomainPointer domain
            ? library.virDomainGetName(domain)
            : argument instanceof PointerType
                ? volumes.getOrDefault(argument, "")
                : String.valueOf(argument);
  }

  private static Object invoke(LibvirtLibrary library, Method method, Object[] args)
      throws Throwable {
    try {
      return method.invoke(library, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Test
  void planCallsEachFunctionOnceAndChangesNothing() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.logging()) {
      Path log = libvirtd.calls();
      Multiset<String> calls = HashMultiset.create();
      try (Connect connect = new Connect(counting(calls), libvirtd.qemu());
          Domain domain = define(libvirtd, connect)) {
        takeSnapshots(domain);
        assertPlanOnlyReads(domain, calls, log);
        domain.destroy();
        assertPlanOnlyReads(domain, calls, log);
        libvirtd.createPool("images");
        assertPlanOnlyReads(domain, calls, log);
        assertEquals(3, countOf(calls, "virDomainGetBlockInfo"));
        assertEquals(3, countOf(calls, "virStorageVolGetXMLDesc"));
        domain.create();
        assertPlanOnlyReads(domain, calls, log);
        assertEquals(3, countOf(calls, "virStorageVolGetXMLDesc"));
      }
    }
  }

  /** The guest was never started, so that neither its NVRAM nor the state of its TPM exists. */
  @Test
  @Tag("recent-qemu")
  void planOfGuestWithFirmwareAndTpm_createsNoFile() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.logging()) {
      Path nvram = libvirtd.directory().resolve("web01.fd");
      Multiset<String> calls = HashMultiset.create();
      try (Connect connect = new Connect(counting(calls), libvirtd.qemu());
          Domain domain = define(libvirtd, connect)) {
        Guests.take(domain, "s7");
        String description;
        try (DomainSnapshot taken = domain.snapshotLookupByName("s7")) {
          description = taken.getXMLDesc();
          taken.delete(SnapshotDeleteFlag.METADATA_ONLY);
        }
        domain
            .snapshotCreateXML(withFirmwareAndTpm(description, nvram), SnapshotCreateFlag.REDEFINE)
            .close();
        connect.domainDefineXML(withFirmwareAndTpm(domain.getXMLDesc(), nvram)).close();

        assertPlanOnlyReads(domain, calls, libvirtd.calls());
        assertTrue(
            Iterables.any(
                calls,
                call -> call.startsWith("virConnectDomainXMLToNative[") && call.contains("<tpm")));
        assertFalse(Files.exists(nvram));
        domain.create();
        assertTrue(Files.exists(nvram));
      }
    }
  }

  private static String withFirmwareAndTpm(String xml, Path nvram) {
    return xml.replace(
            "</type>",
            "</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>"
                + "<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>"
                + nvram
                + "</nvram>")
        .replace("</os>", "</os><features><acpi/></features>")
        .replace(
            "</devices>",
            "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm></devices>");
  }

  /** Defines a guest with three disks. */
  private static Domain define(PrivateLibvirtd libvirtd, Connect connect) throws Exception {
    return connect.domainDefineXML(
        Guests.qemuXml("web01", libvirtd.disk("web01"))
            .replace(
                "</devices>",
                DEVICES
                    + RecipeGuest.diskXml("vdb", libvirtd.disk("data"), "qcow2")
                    + RecipeGuest.diskXml("vdc", libvirtd.disk("logs"), "qcow2")
                    + "</devices>"));
  }

  /** Prints the times, and does not check them. */
  @Test
  void planOfManySnapshotsAndThreeImages_isCertain() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect connect = new Connect(libvirtd.qemu());
        Domain domain = define(libvirtd, connect)) {
      takeSnapshots(domain);
      libvirtd.createPool("images");
      List<Long> times = new ArrayList<>();
      for (int i = 0; i < PLANS; i++) {
        Stopwatch time = Stopwatch.createStarted();
        RevertPlan plan = SnapshotReverter.of(domain).to("s8").plan();
        times.add(time.elapsed(TimeUnit.MILLISECONDS));
        assertEquals(
            List.of(
                "disk vda: certain", "disk vdb: certain", "disk vdc: certain", "memory: certain"),
            plan.contents().stream().map(String::valueOf).toList());
      }
      System.out.printf(
          "plans of %d snapshots and three images: first %d ms, median %d ms%n",
          SNAPSHOTS, times.get(0), times.stream().sorted().toList().get(PLANS / 2));
      domain.destroy();
    }
  }

  private static long countOf(Multiset<String> calls, String function) {
    return calls.stream().filter(call -> call.startsWith(function + "[")).count();
  }

  private static void assertPlanOnlyReads(Domain domain, Multiset<String> calls, Path log)
      throws Exception {
    calls.clear();
    long logged = Files.size(log);
    Map<Path, FileTime> files = filesBeside(log);

    RevertPlan plan = SnapshotReverter.of(domain).to("s7").running().force().plan();

    assertTrue(plan.matchesTarget(), plan::toString);
    calls.entrySet().stream()
        .filter(call -> !TWICE.contains(call.getElement().replaceFirst("\\[.*", "")))
        .forEach(call -> assertEquals(1, call.getCount(), call.getElement()));
    assertEquals(Set.of(), changing(Files.readString(log).substring((int) logged)));
    assertEquals(files, filesBeside(log));
  }

  /** Returns when each file of the daemon and its guests was changed last, except the log. */
  private static Map<Path, FileTime> filesBeside(Path log) throws IOException {
    Map<Path, FileTime> changed = new TreeMap<>();
    try (Stream<Path> files = Files.walk(log.getParent())) {
      for (Path file : files.filter(each -> !each.equals(log)).toList()) {
        changed.put(file, Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS));
      }
    }
    return changed;
  }

  private static void takeSnapshots(Domain domain) throws Exception {
    for (int i = 0; i < SNAPSHOTS; i++) {
      Guests.bringTo(domain, i % 2 == 0 ? DomainState.RUNNING : DomainState.SHUTOFF);
      Guests.take(domain, "s" + i);
    }
    Guests.bringTo(domain, DomainState.RUNNING);
  }

  private static Set<String> changing(String log) {
    Set<String> called = new TreeSet<>();
    Matcher matcher = CALLED.matcher(log);
    while (matcher.find()) {
      called.add(matcher.group(1));
    }
    assertTrue(called.contains("virDomainGetXMLDesc"), log);
    called.removeAll(READING);
    return called;
  }
}
