package io.github.libvirtsnapshot.integration;

import static com.google.common.base.Preconditions.checkState;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.images.EncryptedImage;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A QEMU guest {@code guest} with one disk, {@code vda}, in a folder of its own. virsh and qemu-io
 * change the guest and observe it; the library plans and performs the reverts. Each content is the
 * byte at 1 MiB of a disk, in hexadecimal, as in {@code 11}.
 */
final class RecipeGuest implements AutoCloseable {
  private static final Pattern RESTORE_COMMAND =
      Pattern.compile("virsh snapshot-revert --force (\\S+) (\\S+)$");

  /** The first libvirt that reverts to external snapshots. */
  private static final long EXTERNAL_SINCE = 9_007_000;

  private static final Pattern CONTENT = Pattern.compile("00100000: +([0-9a-f]{2}) ");
  private static final String POOL = "images";

  /** The UUID of the {@link #defineSecret secret}. */
  static final String SECRET = "aaaaaaaa-0000-4000-8000-000000000001";

  private final PrivateLibvirtd libvirtd;
  private final Path directory;
  private Connect connect;
  private Domain domain;

  private RecipeGuest(PrivateLibvirtd libvirtd, String format) throws Exception {
    this.libvirtd = libvirtd;
    directory = Files.createTempDirectory(libvirtd.directory(), "guest");
    libvirtd.give(directory);
    connect = new Connect(libvirtd.qemu());
    Path image = image(format.equals("raw") ? "guest.img" : "guest.qcow2", format);
    domain =
        connect.domainDefineXML(
            Guests.qemuXml("guest", image).replace("type='qcow2'", "type='" + format + "'"));
  }

  /** Defines the guest with a qcow2 disk, {@code guest.qcow2}, and leaves it shut off. */
  static RecipeGuest defined(PrivateLibvirtd libvirtd) throws Exception {
    return new RecipeGuest(libvirtd, "qcow2");
  }

  /** Defines the guest with a raw disk, {@code guest.img}, and leaves it shut off. */
  static RecipeGuest withRawDisk(PrivateLibvirtd libvirtd) throws Exception {
    return new RecipeGuest(libvirtd, "raw");
  }

  Connect connect() {
    return connect;
  }

  Domain domain() {
    return domain;
  }

  /** Returns the path of a file or a volume in the folder of the guest. */
  Path path(String name) {
    return directory.resolve(name);
  }

  /** Returns the file in which libvirt stores the definition of the guest. */
  Path storedDefinition() {
    return libvirtd.directory().resolve("config/libvirt/qemu/guest.xml");
  }

  /** Creates an image of 8 MiB that is writable for the guest. */
  Path image(String name, String imageFormat) throws IOException {
    Path image = path(name);
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", imageFormat, image.toString(), "8M");
    libvirtd.give(image);
    return image;
  }

  /** Creates a file that is readable and writable for the guest. */
  Path file(String name, String content) throws IOException {
    Path file = Files.writeString(path(name), content);
    libvirtd.give(file);
    return file;
  }

  /** Creates a folder that is writable for the guest. */
  Path folder(String name) throws IOException {
    Path folder = Files.createDirectory(path(name));
    libvirtd.give(folder);
    return folder;
  }

  /** Creates a qcow2 image that is based on another image. */
  Path overlay(String name, Path base, String baseFormat) throws IOException {
    Path image = path(name);
    PrivateLibvirtd.run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-F",
        baseFormat,
        "-b",
        base.toString(),
        image.toString());
    libvirtd.give(image);
    return image;
  }

  /** Runs virsh, checks that it succeeds, and returns its output. */
  String virsh(String... words) throws IOException {
    return virsh(libvirtd, words);
  }

  private static String virsh(PrivateLibvirtd libvirtd, String... words) throws IOException {
    return PrivateLibvirtd.run(
        Stream.concat(Stream.of("virsh", "-q", "-c", libvirtd.qemu()), Stream.of(words))
            .toArray(String[]::new));
  }

  /** Makes the folder of the guest an active storage pool. */
  void createPool() throws IOException {
    createPool(POOL, directory);
  }

  /** Makes a folder an active storage pool. */
  void createPool(String name, Path target) throws IOException {
    virsh("pool-create-as", name, "dir", "--target", target.toString());
  }

  /** Names the image of the disk, a file in the folder of the guest, as a volume of its pool. */
  void useVolume(String name) throws LibvirtException {
    redefine(
        xml ->
            xml.replace("<disk type='file' device='disk'>", "<disk type='volume' device='disk'>")
                .replace(
                    "<source file='" + path(name) + "'/>",
                    "<source pool='" + POOL + "' volume='" + name + "'/>"));
  }

  /** Changes the definition; an active guest is not changed. */
  void redefine(UnaryOperator<String> change) throws LibvirtException {
    String xml = domain.getXMLDesc(DomainXmlFlag.INACTIVE, DomainXmlFlag.SECURE);
    String changed = change.apply(xml);
    assertNotEquals(xml, changed);
    connect.domainDefineXML(changed).close();
  }

  /** Adds a device to the definition; an active guest is not changed. */
  void addDevice(String xml) throws LibvirtException {
    redefine(definition -> definition.replace("</devices>", xml + "</devices>"));
  }

  /** Returns the XML of a virtio disk in a file. */
  static String diskXml(String target, Path image, String imageFormat) {
    return "<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'/><target dev='%s' bus='virtio'/></disk>"
        .formatted(imageFormat, image, target);
  }

  /** Defines the secret without a value, for encrypted disks. */
  void defineSecret() throws IOException {
    Path xml =
        file(
            "secret.xml",
            "<secret ephemeral='no' private='no'><uuid>%s</uuid></secret>".formatted(SECRET));
    virsh("secret-define", xml.toString());
  }

  /** Removes the secret, if there is one. */
  void removeSecret() throws IOException {
    if (virsh("secret-list").contains(SECRET)) {
      virsh("secret-undefine", SECRET);
    }
  }

  /** Creates an encrypted image and the secret with its password, and returns the XML of a disk. */
  String encryptedDisk(String target) throws IOException {
    defineSecret();
    virsh("secret-set-value", SECRET, "--file", file("password", "password").toString(), "--plain");
    Path image = path(target + ".qcow2");
    EncryptedImage.create(image);
    libvirtd.give(image);
    return diskXml(target, image, "qcow2")
        .replace(
            "'/><target",
            "'><encryption format='luks'><secret type='passphrase' uuid='%s'/></encryption></source><target"
                .formatted(SECRET));
  }

  /**
   * Changes the XML of a snapshot that libvirt has stored. libvirt does not check such XML, so the
   * snapshot can need what the host does not provide any more.
   */
  void changeStoredSnapshot(String name, UnaryOperator<String> change) throws Exception {
    changeStored("snapshot/guest/" + name + ".xml", change);
  }

  /** Changes the definition that libvirt has stored, without a check. */
  void changeStoredDefinition(UnaryOperator<String> change) throws Exception {
    changeStored("guest.xml", change);
  }

  private void changeStored(String name, UnaryOperator<String> change) throws Exception {
    Path file = libvirtd.directory().resolve("config/libvirt/qemu").resolve(name);
    restartLibvirtd(
        () -> {
          String xml = Files.readString(file);
          String changed = change.apply(xml);
          assertNotEquals(xml, changed);
          Files.writeString(file, changed);
        });
  }

  /** Kills libvirtd, does something while it is not running, and starts it again. */
  void restartLibvirtd(Step whileDown) throws Exception {
    domain.close();
    connect.close();
    libvirtd.kill();
    whileDown.run();
    libvirtd.start(Map.of());
    connect = new Connect(libvirtd.qemu());
    domain = connect.domainLookupByName("guest");
  }

  /** A step of a test. */
  interface Step {
    void run() throws Exception;
  }

  // what happens to the guest

  /** Starts the guest, and waits until its firmware runs. */
  void start() throws Exception {
    domain.create();
    TimeUnit.MILLISECONDS.sleep(300);
  }

  /** Takes a snapshot that is stored in the images of the disks. */
  void takeInternal(String name) throws LibvirtException {
    Guests.take(domain, name);
  }

  /** Takes an external snapshot of the disks only. */
  void takeOfDisks(String name) throws LibvirtException {
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>" + name + "</name></domainsnapshot>",
            SnapshotCreateFlag.DISK_ONLY)
        .close();
  }

  /** Takes an external snapshot of the disks and of the memory. */
  void takeWithMemory(String name) throws LibvirtException {
    takeWithMemory(name, "");
  }

  /** Takes an external snapshot of the memory and of all disks except one. */
  void takeWithMemoryOmitting(String name, String target) throws LibvirtException {
    takeWithMemory(name, "<disks><disk name='" + target + "' snapshot='no'/></disks>");
  }

  private void takeWithMemory(String name, String disks) throws LibvirtException {
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>%s</name><memory snapshot='external' file='%s'/>%s</domainsnapshot>"
                .formatted(name, path(name + ".memory"), disks))
        .close();
  }

  /** Deletes libvirt's metadata of a snapshot; its data stays in the images. */
  void forget(String name) throws IOException {
    virsh("snapshot-delete", "guest", name, "--metadata");
  }

  /** Writes a content to vda of the guest, which is shut off. */
  void write(String content) throws Exception {
    write(content, disk(), disks(domain).get(0).text("driver/@type"));
  }

  /** Writes a content to an image that no guest has open. */
  void write(String content, Path image, String imageFormat) throws IOException {
    PrivateLibvirtd.run(
        "qemu-io", "-f", imageFormat, "-c", writeCommand(content), image.toString());
  }

  private static String writeCommand(String content) {
    return "write -P 0x" + content + " 1M 64k";
  }

  /** Writes a content to a virtio disk of the active guest, as in {@code virtio-disk0}. */
  void writeLive(String content, String device) throws IOException {
    writeLive("guest", content, device);
  }

  /** Writes a content to a virtio disk of an active domain. */
  void writeLive(String domainName, String content, String device) throws IOException {
    for (String command : List.of(writeCommand(content), "flush")) {
      String answer =
          virsh(
              "qemu-monitor-command",
              domainName,
              "--hmp",
              "qemu-io -d /machine/peripheral/" + device + "/virtio-backend \"" + command + "\"");
      assertTrue(!answer.contains("rror"), answer);
    }
  }

  // observing the guest

  private static List<XmlNode> disks(Domain someDomain) throws LibvirtException {
    return XmlNode.parse(someDomain.getXMLDesc()).all("devices/disk");
  }

  private Path imageOf(XmlNode disk) {
    String file = disk.text("source/@file");
    return path(file.isEmpty() ? disk.text("source/@volume") : file);
  }

  /** Returns the image of vda. */
  Path disk() throws LibvirtException {
    return diskOf(domain);
  }

  /** Returns the image of one of the disks, the first of which has the number 0. */
  Path imageAt(int number) throws LibvirtException {
    return imageOf(disks(domain).get(number));
  }

  /** Returns the image of the first disk of a domain. */
  Path diskOf(Domain someDomain) throws LibvirtException {
    return imageOf(disks(someDomain).get(0));
  }

  /** Returns the content of vda. */
  String content() throws Exception {
    return content(disk());
  }

  /** Returns the content that a guest would read from an image and its backing images. */
  static String content(Path image) throws IOException {
    String output =
        PrivateLibvirtd.run(
            Stream.concat(
                    Stream.of("qemu-io", "-U", "-r", "-c", "read -v 1M 1"),
                    EncryptedImage.toOpen(image).stream())
                .toArray(String[]::new));
    Matcher matcher = CONTENT.matcher(output);
    checkState(matcher.find(), output);
    return matcher.group(1);
  }

  String state() throws IOException {
    return virsh("domstate", "guest", "--reason").strip();
  }

  /** Returns the state, the devices and the contents of the images of the guest. */
  Map<String, String> observe() throws Exception {
    Map<String, String> observed = new TreeMap<>();
    observed.put("state", domain.getState().state().words());
    observed.put("devices", devices().toString());
    observed.put("persistent devices", devices(DomainXmlFlag.INACTIVE).toString());
    for (XmlNode disk : disks(domain)) {
      if (canBeRead(disk)) {
        Path image = imageOf(disk);
        observed.put(disk.text("target/@dev"), image + ": " + content(image));
      }
    }
    return observed;
  }

  /** Returns the number of devices of each kind. */
  private Multiset<String> devices(DomainXmlFlag... flags) throws Exception {
    Multiset<String> devices = TreeMultiset.create();
    XmlNode.parse(domain.getXMLDesc(flags)).first("devices").orElseThrow().children().stream()
        .map(XmlNode::name)
        .forEach(devices::add);
    return devices;
  }

  private static boolean canBeRead(XmlNode disk) {
    return disk.text("@device").equals("disk") && !disk.text("@type").equals("network");
  }

  private Map<String, String> observeProcess() throws Exception {
    Map<String, String> observed = observe();
    observed.put("process", String.valueOf(domain.getID()));
    observed.put("snapshots", domain.listSnapshotParents().keySet().toString());
    return observed;
  }

  // promises of the library

  /** Returns a revert to a snapshot. */
  SnapshotReverter to(String snapshot) {
    return SnapshotReverter.of(domain).to(snapshot);
  }

  /**
   * Returns whether this libvirt is too old to revert to the external snapshot. The plan then says
   * so, which is all that can be tested there.
   */
  boolean isTooOldFor(String external) throws LibvirtException {
    if (connect.getLibVersion() >= EXTERNAL_SINCE) {
      return false;
    }
    assertEquals(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, to(external).plan().refusal().orElseThrow().code());
    return true;
  }

  /** Returns whether the version of libvirt is this one or newer, as in 11,003,000. */
  boolean hasLibvirtSince(long version) throws LibvirtException {
    return connect.getLibVersion() >= version;
  }

  /** Returns the certainty of a part, as in {@code disk vda}. */
  static Certainty certainty(List<RestoredPart> contents, String part) {
    return contents.stream()
        .filter(content -> content.part().equals(part))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + part + " in " + contents))
        .certainty();
  }

  /** Reverts, and checks that neither the plan nor the report calls vda certain if it is not. */
  void assertCertainOnlyIf(String expected, String snapshot) throws Exception {
    RevertPlan plan = to(snapshot).plan();
    RevertReport report = to(snapshot).revert();
    boolean restored = content().equals(expected);
    assertEquals(
        List.of(false, false),
        List.of(
            !restored && certainty(plan.contents(), "disk vda") == Certainty.CERTAIN,
            !restored && certainty(report.contents(), "disk vda") == Certainty.CERTAIN),
        plan + "\nbut the content is " + content());
  }

  /**
   * Checks that a guarded revert is not started and changes nothing.
   *
   * @return the message, which contains a way out
   */
  String assertNotStarted(SnapshotReverter reverter) throws Exception {
    Map<String, String> before = observeProcess();
    RevertException refused =
        assertThrows(
            RevertException.class, reverter.guarded()::revert, () -> "the state is " + now());
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome(), refused.getMessage());
    assertEquals(before, observeProcess());
    assertTrue(refused.getMessage().contains("way out: "), refused.getMessage());
    return refused.getMessage();
  }

  /** Runs the command of a message that restores the state before a revert. */
  void runRestoreCommand(String message) throws IOException {
    runRestoreCommand(libvirtd, message);
  }

  /** Runs the command at the end of a message, which restores the state before a revert. */
  static void runRestoreCommand(PrivateLibvirtd libvirtd, String message) throws IOException {
    Matcher command = RESTORE_COMMAND.matcher(message);
    assertTrue(command.find(), message);
    virsh(libvirtd, "snapshot-revert", "--force", command.group(1), command.group(2));
  }

  /** Checks that the plan predicts a failure, with libvirt's code, and that libvirt fails so. */
  void assertRefusalPredicted(SnapshotReverter reverter) throws Exception {
    RevertPlan plan = reverter.plan();
    assertNotStarted(reverter);
    RevertException failed = assertThrows(RevertException.class, reverter::revert);
    assertEquals(
        failed.getError().getCode(), plan.refusal().orElseThrow().code(), failed::getMessage);
  }

  /** Checks that libvirt reverts, and that the plan and a guarded revert do not prevent it. */
  void assertReverted(SnapshotReverter reverter) throws Exception {
    RevertPlan plan = reverter.plan();
    assertEquals(Optional.empty(), plan.refusal(), plan::toString);
    RevertReport report = reverter.guarded().revert();
    assertEquals(plan.stateAfter(), Optional.of(report.after().state()));
  }

  /** Checks that libvirt does what the plan predicts: it reverts, or it fails with that code. */
  void assertPlanAgreesWithLibvirt(SnapshotReverter reverter) throws Exception {
    if (reverter.plan().refusal().isPresent()) {
      assertRefusalPredicted(reverter);
    } else {
      assertReverted(reverter);
    }
  }

  /**
   * Checks the promise of a safety snapshot: if the plan promises one, a failed revert is rolled
   * back, and a successful one can be undone; otherwise, nothing is changed.
   */
  void assertSafetySnapshotLeadsBack(SnapshotReverter reverter) throws Exception {
    RevertPlan plan = reverter.plan();
    Map<String, String> before = observe();
    String undone = "";
    try {
      RevertReport report = reverter.withSafetySnapshot().revert();
      assertTrue(plan.safety().kind().isPresent(), plan::toString);
      undone = SnapshotReverter.of(domain).undo(report).toString();
    } catch (RevertException e) {
      boolean promised =
          plan.safety().kind().isPresent() && plan.matchesTarget() && !plan.hasChangedContent();
      RevertOutcome allowed = promised ? RevertOutcome.ROLLED_BACK : RevertOutcome.NOT_STARTED;
      if (e.outcome() != allowed) {
        fail(plan + "\nthe outcome is " + e.outcome() + ": " + e.getMessage() + "\n" + now());
      }
    }
    assertEquals(before, observe(), plan + "\n" + undone);
  }

  private String now() {
    try {
      return state() + ", " + observe();
    } catch (Exception | AssertionError e) {
      return e.toString();
    }
  }

  /** A guest can end by itself at any moment. */
  private static void destroy(Domain domain) throws LibvirtException {
    try {
      domain.destroy();
    } catch (LibvirtException e) {
      if (domain.getState().state() != DomainState.SHUTOFF) {
        throw e;
      }
    }
  }

  @Override
  public void close() throws LibvirtException, IOException {
    for (Domain each : connect.listAllDomains()) {
      destroy(each);
      each.undefine(
          DomainUndefineFlag.MANAGED_SAVE,
          DomainUndefineFlag.SNAPSHOTS_METADATA,
          DomainUndefineFlag.CHECKPOINTS_METADATA,
          DomainUndefineFlag.KEEP_NVRAM);
      each.close();
    }
    for (String pool :
        virsh("pool-list", "--name").lines().filter(line -> !line.isBlank()).toList()) {
      virsh("pool-destroy", pool.strip());
    }
    removeSecret();
    domain.close();
    connect.close();
  }
}
