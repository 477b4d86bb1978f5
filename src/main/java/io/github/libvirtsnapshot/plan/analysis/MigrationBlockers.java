package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The parts of an active guest with which QEMU cannot save the memory, so that libvirt takes no
 * snapshot with memory. libvirt makes the same check before a migration.
 */
final class MigrationBlockers {
  private static final long ALWAYS = Long.MAX_VALUE;
  private static final long NEVER = 0;

  private static final ImmutableList<Blocker> ALL =
      ImmutableList.of(
          new Blocker("a transient disk", ALWAYS, has("devices/disk/transient", any -> true)),
          new Blocker(
              "a device with shared memory of the role \"peer\" or the model \"ivshmem-doorbell\"",
              ALWAYS,
              has("devices/shmem", MigrationBlockers::isPeer)),
          new Blocker(
              "a virtiofs folder", Versions.VIRTIOFS_SEEN, has("devices/filesystem", virtiofs())),
          new Blocker(
              "a 9p folder, which the guest may have mounted",
              NEVER,
              has("devices/filesystem", virtiofs().negate())),
          new Blocker(
              "a vhost-scsi host device", ALWAYS, has("devices/hostdev", type("scsi_host"))),
          new Blocker("a host device", NEVER, has("devices/hostdev", type("pci", "mdev"))),
          new Blocker(
              "an interface that is a host device, a vDPA device or a vhost-user device",
              NEVER,
              has("devices/interface", type("hostdev", "vdpa", "vhostuser"))),
          new Blocker(
              "a graphics card with 3D acceleration",
              NEVER,
              has("devices/video/model/acceleration", card -> card.text("@accel3d").equals("yes"))),
          new Blocker("memory encrypted by SEV", ALWAYS, has("launchSecurity", isSev())),
          new Blocker("protected memory", NEVER, has("launchSecurity", isSev().negate())),
          new Blocker(
              "the CPU feature \"invtsc\" without a frequency of the TSC",
              ALWAYS,
              has("cpu/feature", MigrationBlockers::isInvariantTsc).and(lacksTscFrequency())),
          new Blocker(
              "all features of the host's CPU without a frequency of the TSC",
              NEVER,
              has("cpu", cpu -> cpu.text("@migratable").equals("off")).and(lacksTscFrequency())));

  private MigrationBlockers() {}

  /**
   * A part that prevents QEMU from saving the memory.
   *
   * @param name the part, in a sentence about the guest that has it
   * @param certainBefore the first libvirt with which QEMU may save the memory nevertheless
   * @param condition whether the definition of a guest has the part
   */
  private record Blocker(String name, long certainBefore, Predicate<XmlNode> condition) {
    boolean isCertain(Facts facts) {
      return facts.isOlderThan(certainBefore);
    }
  }

  /** Returns a part of the active guest with which libvirt takes no snapshot with memory. */
  static Optional<String> certain(Facts facts) {
    return of(facts).filter(blocker -> blocker.isCertain(facts)).map(Blocker::name).findFirst();
  }

  /** Returns the parts of the active guest with which QEMU may be unable to save the memory. */
  static List<String> possible(Facts facts) {
    return of(facts).filter(blocker -> !blocker.isCertain(facts)).map(Blocker::name).toList();
  }

  private static Stream<Blocker> of(Facts facts) {
    return ALL.stream()
        .filter(
            blocker ->
                facts.before().isActive() && blocker.condition().test(facts.definitions().now()));
  }

  private static Predicate<XmlNode> has(String path, Predicate<XmlNode> condition) {
    return domain -> domain.all(path).stream().anyMatch(condition);
  }

  private static Predicate<XmlNode> type(String... types) {
    return element -> Set.of(types).contains(element.text("@type"));
  }

  /**
   * The role of shared memory is "peer" if the definition does not state another one, and libvirt
   * does not pass the role of the model "ivshmem-doorbell" to QEMU.
   */
  private static boolean isPeer(XmlNode shared) {
    return !shared.text("@role").equals("master")
        || shared.text("model/@type").equals("ivshmem-doorbell");
  }

  private static Predicate<XmlNode> virtiofs() {
    return has("driver", type("virtiofs"));
  }

  private static Predicate<XmlNode> isSev() {
    return type("sev", "sev-snp");
  }

  private static boolean isInvariantTsc(XmlNode feature) {
    return feature.text("@name").equals("invtsc")
        && Set.of("require", "force").contains(feature.text("@policy"));
  }

  private static Predicate<XmlNode> lacksTscFrequency() {
    return has(
            "clock/timer",
            timer -> timer.text("@name").equals("tsc") && !timer.text("@frequency").isEmpty())
        .negate();
  }
}
