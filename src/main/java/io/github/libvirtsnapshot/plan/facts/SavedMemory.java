package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the memory of a guest may have been saved by an older QEMU than the one of the host. No
 * snapshot contains the version of the QEMU that saved it. The machine type shows the oldest
 * possible one.
 */
final class SavedMemory {
  /** The oldest QEMU that was observed not to load memory that an older one saved. */
  private static final int REFUSES_SINCE = 11_000;

  private static final Pattern VERSIONED = Pattern.compile("(.*)-(\\d{1,3})\\.(\\d{1,3})");
  private static final ImmutableMap<String, String> FAMILIES =
      ImmutableMap.of("pc-i440fx", "pc", "pc-q35", "q35");

  private SavedMemory() {}

  /**
   * Returns the machine type without the version of QEMU, as in {@code q35} for {@code
   * pc-q35-10.0}: QEMU takes it for the newest one. Empty if the machine type does not show a
   * version.
   */
  static Optional<String> machineFamily(XmlNode domain) {
    Matcher versioned = VERSIONED.matcher(machine(domain));
    return versioned.matches()
        ? Optional.of(versioned.group(1)).map(name -> FAMILIES.getOrDefault(name, name))
        : Optional.empty();
  }

  /**
   * Returns the unknown to report, if any.
   *
   * @param memory which memory, as in {@code the memory of the snapshot}
   * @param newest the newest machine type of the emulator, which shows the version of the emulator
   */
  static Optional<String> unknown(String memory, XmlNode domain, String newest) {
    int qemu = version(newest);
    return qemu >= REFUSES_SINCE && version(machine(domain)) < qemu
        ? Optional.of(
            "whether QEMU "
                + qemu / 1_000
                + "."
                + qemu % 1_000
                + " loads "
                + memory
                + ": an older QEMU may have saved it, as the machine type is "
                + LogEscaper.quote(machine(domain))
                + ", and QEMU 11.1 does not load the memory that QEMU 10.0 saved")
        : Optional.empty();
  }

  private static String machine(XmlNode domain) {
    return domain.text("os/type/@machine");
  }

  /** Returns 1,000 * major + minor; 0 if the machine type does not show a version. */
  private static int version(String machine) {
    Matcher version = VERSIONED.matcher(machine);
    return version.matches()
        ? Integer.parseInt(version.group(2)) * 1_000 + Integer.parseInt(version.group(3))
        : 0;
  }
}
