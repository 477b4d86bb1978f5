package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import java.util.List;

/** Says which parts of a domain a failed revert has changed, and how to restore them. */
final class PartialRevertText {
  private static final String STORED_DEFINITION =
      "; libvirt has replaced the definition of the domain by the snapshot's, but stored only the"
          + " earlier one; to restore that: domainDefineXML(...) with the content of FILE, or: virsh"
          + " define FILE, where FILE is /etc/libvirt/qemu/DOMAIN.xml on the host"
          + " (~/.config/libvirt/qemu/DOMAIN.xml for qemu:///session)";

  /** The codes of failures of QEMU and qemu-img. */
  private static final ImmutableSet<ErrorNumber> OF_QEMU =
      ImmutableSet.of(ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorNumber.VIR_ERR_OPERATION_FAILED);

  private PartialRevertText() {}

  /** Continues the message of a failed revert; empty if nothing is known to have changed. */
  static String of(PartialRevert partial, Throwable cause, RevertRequest request) {
    String disks =
        partial
            .exposedImage()
            .map(PartialRevertText::exposed)
            .orElseGet(() -> isOfQemu(cause) ? content(partial) : "");
    return (disks.isEmpty() ? "" : disks + again(request))
        + (partial.replacedDefinition() ? STORED_DEFINITION : "");
  }

  private static String exposed(String image) {
    return "; the definition of the domain is now on "
        + LogEscaper.quote(image)
        + ", an image that the snapshot needs unchanged: do not start the domain";
  }

  private static String content(PartialRevert partial) {
    if (partial.revertedDisks().isEmpty()) {
      return partial.unreadDisks().isEmpty()
          ? ""
          : "; whether the content of "
              + names(partial.unreadDisks())
              + " is the snapshot's already is unknown, because the library could not read it";
    }
    return "; the content of "
        + names(partial.revertedDisks())
        + " is the snapshot's"
        + (partial.otherDisks().isEmpty()
            ? ""
            : ", that of " + names(partial.otherDisks()) + " is not")
        + (partial.unreadDisks().isEmpty()
            ? ""
            : ", that of " + names(partial.unreadDisks()) + " is unknown")
        + (partial.otherDisks().isEmpty() && partial.unreadDisks().isEmpty()
            ? ""
            : ": do not start the domain");
  }

  /** Other codes are those of refusals, which change nothing. */
  private static boolean isOfQemu(Throwable cause) {
    return cause instanceof LibvirtException e && OF_QEMU.contains(e.getError().getCode());
  }

  private static String again(RevertRequest request) {
    return "; remove the cause of the failure, then revert again: revert(), or: virsh"
        + " snapshot-revert --force "
        + request.uuid()
        + " SNAPSHOT";
  }

  private static String names(List<String> disks) {
    return LogEscaper.escape(String.join(", ", disks));
  }
}
