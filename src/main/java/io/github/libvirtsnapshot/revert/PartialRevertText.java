package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says which parts of a domain a failed revert has changed, and how to restore them. */
final class PartialRevertText {
  /** The codes of failures of QEMU and qemu-img. */
  private static final ImmutableSet<ErrorNumber> OF_QEMU =
      ImmutableSet.of(ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorNumber.VIR_ERR_OPERATION_FAILED);

  private PartialRevertText() {}

  /** Continues the message of a failed revert; empty if nothing is known to have changed. */
  static String of(RunResult.Failed failure, RevertRequest request) {
    PartialRevert partial = failure.partial();
    if (failure.after().hasFailedToStart() && !partial.disksOnOverlays().isEmpty()) {
      return unstoredOverlays(partial, request) + again(request);
    }
    String disks =
        image(partial)
            .orElseGet(() -> isOfQemu(failure.cause()) ? content(partial, "the snapshot") : "");
    return (disks.isEmpty() ? "" : disks + again(request))
        + (partial.replacedDefinition() ? storedDefinition(request) : "");
  }

  /** The images that the stored definition names can be those that libvirt deletes on a revert. */
  private static String unstoredOverlays(PartialRevert partial, RevertRequest request) {
    return "; the definition of the domain is now the snapshot's, with "
        + names(partial.disksOnOverlays())
        + " on overlays of the snapshot's images, but libvirt has not stored this definition, and"
        + " can have deleted the images in the stored one; to store this definition:"
        + " domainDefineXML(getXMLDesc(DomainXmlFlag.INACTIVE, DomainXmlFlag.SECURE)), or: virsh"
        + " dumpxml --inactive --security-info "
        + request.uuid()
        + " > FILE; virsh define FILE";
  }

  /** Continues the message of a failed rollback; empty if nothing prevents a start. */
  static String ofRollback(PartialRevert partial) {
    return image(partial).orElseGet(() -> content(partial, "the safety snapshot"));
  }

  private static Optional<String> image(PartialRevert partial) {
    return partial
        .exposedImage()
        .map(
            image ->
                "; the definition of the domain is now on " + needed(image) + "start the domain")
        .or(
            () ->
                partial
                    .imageOfPausedGuest()
                    .map(
                        image -> "; the guest is paused on " + needed(image) + "resume the guest"));
  }

  private static String needed(String image) {
    return LogEscaper.quote(image) + ", an image that a snapshot needs unchanged: do not ";
  }

  private static String content(PartialRevert partial, String snapshot) {
    if (partial.revertedDisks().isEmpty()) {
      return partial.unreadDisks().isEmpty()
          ? ""
          : "; whether the image of "
              + names(partial.unreadDisks())
              + " already has the content of "
              + snapshot
              + " is unknown, because the library could not read it";
    }
    return "; the image of "
        + names(partial.revertedDisks())
        + " has the content of "
        + snapshot
        + (partial.otherDisks().isEmpty()
            ? ""
            : ", that of " + names(partial.otherDisks()) + " does not")
        + (partial.unreadDisks().isEmpty()
            ? ""
            : ", that of " + names(partial.unreadDisks()) + " could not be read")
        + (partial.otherDisks().isEmpty() && partial.unreadDisks().isEmpty()
            ? ""
            : ": do not start the domain")
        + changed(partial, snapshot);
  }

  private static String changed(PartialRevert partial, String snapshot) {
    return partial.changed().isEmpty()
        ? ""
        : "; content that may differ from "
            + snapshot
            + ": "
            + partial.changed().stream()
                .map(RestoredPart::toString)
                .collect(Collectors.joining("; "));
  }

  /** Other codes are those of refusals, which change nothing. */
  private static boolean isOfQemu(Throwable cause) {
    return cause instanceof LibvirtException e && OF_QEMU.contains(e.getError().getCode());
  }

  private static String again(RevertRequest request) {
    return "; remove the cause of the failure, then revert again: revert(), or: virsh"
        + " snapshot-revert --force "
        + request.uuid()
        + " "
        + ShellText.word(request.snapshot().orElse(""), "SNAPSHOT");
  }

  private static String storedDefinition(RevertRequest request) {
    String file = ShellText.word(request.domain() + ".xml", "DOMAIN.xml");
    return "; libvirt has replaced the definition of the domain by the snapshot's, but stored only"
        + " the earlier one; to restore that: domainDefineXML(...) with the content of the stored"
        + " file, or on the host: virsh define /etc/libvirt/qemu/"
        + file
        + " (for qemu:///session: virsh define ~/.config/libvirt/qemu/"
        + file
        + ")";
  }

  private static String names(List<String> disks) {
    return LogEscaper.escape(String.join(", ", disks));
  }
}
