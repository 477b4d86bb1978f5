package io.github.libvirtsnapshot.definition;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Map;

/** The files of the host that QEMU loads when it starts a guest. */
public final class BootFiles {
  private static final ImmutableMap<String, String> ELEMENTS =
      ImmutableMap.of(
          "os/loader", "firmware",
          "os/kernel", "kernel",
          "os/initrd", "initrd",
          "os/dtb", "device tree");

  private BootFiles() {}

  /** Returns what each file in a domain's definition is, as in {@code kernel}, by its path. */
  public static Map<String, String> of(XmlNode domain) {
    ImmutableMap.Builder<String, String> files = ImmutableMap.builder();
    ELEMENTS.forEach(
        (element, name) -> {
          String file = domain.text(element);
          if (!file.isEmpty()) {
            files.put(file, name);
          }
        });
    return files.buildKeepingLast();
  }
}
