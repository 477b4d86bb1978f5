package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;

/**
 * Where the firmware of a guest keeps its variables.
 *
 * @param format the format of that image, {@code raw} unless the definition says otherwise
 * @param templateFormat the format of what it is made from, {@code raw} unless the definition says
 *     otherwise
 */
public record Nvram(String format, String templateFormat) {
  private static final String RAW = "raw";

  /** Reads a domain's definition; a guest without UEFI has none. */
  public static Optional<Nvram> of(XmlNode domain) {
    boolean uefi =
        domain.first("os/nvram").isPresent()
            || domain.text("os/@firmware").equals("efi")
            || domain.text("os/loader/@type").equals("pflash");
    return uefi
        ? Optional.of(
            new Nvram(
                orRaw(domain.text("os/nvram/@format")),
                orRaw(domain.text("os/nvram/@templateFormat"))))
        : Optional.empty();
  }

  private static String orRaw(String format) {
    return format.isEmpty() ? RAW : format;
  }

  /** Returns whether its image can hold internal snapshots. */
  public boolean isQcow2() {
    return format.equals("qcow2");
  }

  /** Returns whether it can be made again: libvirt does not convert. */
  public boolean canBeReset() {
    return format.equals(templateFormat);
  }
}
