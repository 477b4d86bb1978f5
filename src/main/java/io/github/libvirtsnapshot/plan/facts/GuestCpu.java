package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;

/**
 * The CPU of a guest.
 *
 * @param cpu the description in the domain's XML
 * @param capabilities the capabilities of the emulator
 */
record GuestCpu(XmlNode cpu, XmlNode capabilities) {
  private static final String NAMED = "custom";

  /** Returns whether the XML requires a named model and not only a minimum. */
  boolean isNamed() {
    return mode().equals(NAMED)
        && !cpu.text("model").isEmpty()
        && !cpu.text("@match").equals("minimum");
  }

  private String mode() {
    String mode = cpu.text("@mode");
    return mode.isEmpty() ? NAMED : mode;
  }

  /** Returns how the start fails if the emulator does not offer the CPU. */
  Optional<Refusal> notOffered() {
    Optional<XmlNode> offered =
        capabilities.all("cpu/mode").stream()
            .filter(known -> known.text("@name").equals(mode()))
            .findFirst();
    if (offered.filter(known -> known.text("@supported").equals("no")).isPresent()) {
      return Optional.of(unsupported("mode", mode()));
    }
    String model = cpu.text("model");
    boolean required = isNamed() && cpu.text("model/@fallback").equals("forbid");
    return offered
        .filter(known -> required)
        .filter(
            known -> known.all("model").stream().noneMatch(listed -> listed.text().equals(model)))
        .map(known -> unsupported("model", model));
  }

  private static Refusal unsupported(String what, String name) {
    return HostRequirements.missing(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        "CPU " + what + " " + LogEscaper.quote(name) + " is not supported");
  }

  /** Returns how the start fails if the CPU does not fit the host's and libvirt checks this. */
  Optional<Refusal> incompatible(LibvirtException e) {
    if (e.getError().getCode() != ErrorNumber.VIR_ERR_CPU_INCOMPATIBLE) {
      return Optional.of(HostRequirements.missing(e));
    }
    return switch (cpu.text("@check")) {
      case "partial" -> Optional.of(HostRequirements.missing(e));
      case "full" ->
          Optional.of(
              HostRequirements.missing(ErrorNumber.VIR_ERR_OPERATION_FAILED, e.getMessage()));
      default -> Optional.empty();
    };
  }
}
