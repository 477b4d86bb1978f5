package io.github.libvirtsnapshot.definition;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the host that QEMU loads when it starts a guest. */
public final class BootFiles {
  private static final ImmutableMap<String, String> ELEMENTS =
      ImmutableMap.of(
          "os/loader", "firmware",
          "os/kernel", "kernel",
          "os/initrd", "initrd",
          "os/dtb", "device tree",
          "os/acpi/table", "ACPI table");

  private BootFiles() {}

  /** Returns what each file in a domain's definition is, as in {@code kernel}, by its path. */
  public static Map<String, String> of(XmlNode domain) {
    Map<String, String> files = new LinkedHashMap<>();
    ELEMENTS.forEach(
        (path, name) -> domain.all(path).forEach(element -> files.put(element.text(), name)));
    domain
        .all("sysinfo/entry")
        .forEach(entry -> files.put(entry.text("@file"), "file for the guest's firmware"));
    files.remove("");
    return Collections.unmodifiableMap(files);
  }
}
