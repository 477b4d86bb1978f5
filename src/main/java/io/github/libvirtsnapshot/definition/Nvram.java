package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;

/**
 * The NVRAM of a guest: the image with the variables of its UEFI firmware.
 *
 * @param image the name of the image, as in {@link Disk#image}; empty if libvirt chooses it
 * @param format the format of the image; {@code raw} if the definition does not specify one
 * @param templateFormat the format of the template; {@code raw} if the definition does not specify
 *     one
 * @param template the path of the template; empty if libvirt chooses it
 */
public record Nvram(String image, String format, String templateFormat, String template) {
  private static final String RAW = "raw";

  /** Returns the NVRAM in a domain's definition; empty for a guest without UEFI firmware. */
  public static Optional<Nvram> of(XmlNode domain) {
    boolean uefi =
        domain.first("os/nvram").isPresent()
            || domain.text("os/@firmware").equals("efi")
            || domain.text("os/loader/@type").equals("pflash");
    return uefi
        ? Optional.of(
            new Nvram(
                domain.first("os/nvram").map(Nvram::image).orElse(""),
                orRaw(domain.text("os/nvram/@format")),
                orRaw(domain.text("os/nvram/@templateFormat")),
                domain.text("os/nvram/@template")))
        : Optional.empty();
  }

  private static String image(XmlNode nvram) {
    return nvram.first("source").map(ImageName::of).orElseGet(nvram::text);
  }

  private static String orRaw(String format) {
    return format.isEmpty() ? RAW : format;
  }

  /** Returns whether the image can contain internal snapshots. */
  public boolean isQcow2() {
    return format.equals("qcow2");
  }

  /** Returns whether RESET_NVRAM can replace the NVRAM: libvirt does not convert formats. */
  public boolean canBeReset() {
    return format.equals(templateFormat);
  }
}
