package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertFinding;
import java.util.Optional;

/** Asks what became of a domain whose revert ended with an unknown outcome. */
final class Inquiry {
  private Inquiry() {}

  /**
   * Asks once. A daemon that was just started does not know yet what its guests are, so the answer
   * counts when it is given twice.
   *
   * @return empty as long as something is at work on the domain
   */
  static Optional<RevertFinding> ask(RevertException unknown, Connect connect)
      throws LibvirtException {
    RevertFinding finding = unknown.findOutcome(connect);
    return isStartingUp(finding) || isBusy(unknown, connect)
        ? Optional.empty()
        : Optional.of(finding);
  }

  /** A daemon that connects to its guests again says so of them. */
  private static boolean isStartingUp(RevertFinding finding) {
    return finding.now().filter(now -> now.reason() == StateReason.PAUSED_STARTING_UP).isPresent();
  }

  /** Where only the connection was lost, the revert may go on. */
  private static boolean isBusy(RevertException unknown, Connect connect) throws LibvirtException {
    try (Domain domain = connect.domainLookupByUUIDString(unknown.request().uuid())) {
      return domain.isActive() && domain.hasJob();
    } catch (NoSuchDomainException e) {
      return false;
    } catch (LibvirtException e) {
      if (e.getError().getCode() == ErrorNumber.VIR_ERR_NO_SUPPORT) {
        return false;
      }
      throw e;
    }
  }
}
