package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The plans that a reverter makes, on a mock. */
class SnapshotReverterPlanTest extends MockedRevert {
  @Test
  void planTextListsEachPart() throws Exception {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                """
                <domainsnapshot><state>running</state><creationTime>1700000000</creationTime>
                <domain type='qemu'><name>web01</name><memory>32</memory></domain></domainsnapshot>
                """));
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                """
                <domain type='qemu'><name>web01</name><memory>64</memory><title>x\u202e</title>
                <devices><graphics type='vnc'/><disk><target dev='vda'/></disk></devices></domain>
                """));

    RevertPlan plan = reverter.plan();

    assertEquals(
        """
        plan: revert domain "web01" to snapshot "clean" (flags = none) on QEMU, libvirt 9.0.0
          before: running (booted), persistent, current snapshot "clean"
          path: back to "clean"; changes since "clean" are in no snapshot
          after: running (from snapshot)
          losses:
            - the contents of the guest's memory
            - the connections to the guest's vnc
            - data written to vda since 2023-11-14T22:13:20Z that is in no other snapshot
          configuration changes:
            - devices/disk[vda]/target/@dev: vda -> (removed)
            - devices/graphics/@type: vnc -> (removed)
            - memory: 64 -> 32
            - title: x\\u202e -> (removed)
          contents:
            - memory: presumed: the snapshot does not name the image that contains it
          safety snapshot: internal
          unknowns:
            - whether anyone is connected to the guest's screen or serial console
            - which images contain the snapshot, which libvirt checks only after it stops the \
        guest\
        """,
        plan.toString());
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void unusableHostIsRefusalAndLostConnectionIsFailure() throws Exception {
    when(libvirt.library.virConnectDomainXMLToNative(any(), any(), any(), anyInt()))
        .thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "Cannot check QEMU binary");
    Refusal refusal = reverter.plan().refusal().orElseThrow();
    assertTrue(refusal.guestStopped());
    assertEquals(ErrorNumber.VIR_ERR_SYSTEM_ERROR, refusal.code());

    virError dead = new virError();
    dead.code = ErrorNumber.VIR_ERR_SYSTEM_ERROR.value();
    dead.domain = ErrorDomain.VIR_FROM_RPC.value();
    dead.message = "End of file";
    when(libvirt.library.virGetLastError()).thenReturn(dead);
    RevertException notPlanned = assertThrows(RevertException.class, reverter::plan);
    assertEquals(RevertOutcome.NOT_STARTED, notPlanned.outcome());
  }

  @Test
  void otherDriverIsPlannedAsDocumented() throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn("ESX");
    RevertPlan plan = reverter.plan();
    assertEquals(Optional.of(DomainState.RUNNING), plan.stateAfter());
    assertEquals(Optional.empty(), plan.reasonAfter());
    assertTrue(
        plan.unknowns().get(0).startsWith("whether this driver does what libvirt documents"));

    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<domainsnapshot><state>running</state></domainsnapshot>"));
    assertEquals(
        ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, reverter.plan().refusal().orElseThrow().code());
    assertFalse(reverter.force().plan().refusal().isPresent());
    assertNotEquals(ImmutableList.of(), plan.losses());
  }
}
