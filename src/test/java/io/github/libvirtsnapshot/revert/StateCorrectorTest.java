package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.InOrder;

class StateCorrectorTest extends MockedRevert {
  private final List<StateCorrection> steps = new ArrayList<>();

  private void correct(DomainState from, DomainState to) throws LibvirtException {
    new StateCorrector(domain, steps::add).correct(from, to);
  }

  @ParameterizedTest
  @CsvSource({
    "SHUTOFF_FAILED, RUNNING, false, true",
    "SHUTOFF_FAILED, PAUSED, false, true",
    "SHUTOFF_FAILED, SHUTOFF, false, false",
    "SHUTOFF_FAILED, RUNNING, true, false",
    "SHUTOFF_FAILED, PAUSED, true, false",
    "CRASHED_PANICKED, RUNNING, false, true",
    "CRASHED_PANICKED, SHUTOFF, false, false",
    "PAUSED_USER, RUNNING, false, true",
    "PAUSED_USER, RUNNING, true, true",
    "PAUSED_USER, SHUTOFF, false, false",
    "RUNNING_BOOTED, PAUSED, false, true",
    "RUNNING_BOOTED, SHUTOFF, false, false",
    "PMSUSPENDED_UNKNOWN, RUNNING, false, false",
    "BLOCKED_UNKNOWN, PAUSED, false, false",
    "UNKNOWN, RUNNING, false, false",
  })
  void correctsOnlyWithoutFurtherLoss(
      StateReason from, DomainState to, boolean managedSave, boolean possible) {
    DomainStatus status =
        new DomainStatus(
            StateAndReason.of(from), OptionalInt.empty(), Optional.empty(), true, managedSave);

    assertEquals(possible, StateCorrector.canCorrect(status, to));
  }

  @ParameterizedTest
  @CsvSource({
    "PAUSED, RUNNING, RESUMED",
    "RUNNING, PAUSED, SUSPENDED",
    "SHUTOFF, RUNNING, CREATED",
    "SHUTOFF, PAUSED, CREATED_PAUSED",
  })
  void correctsInOneStep(DomainState from, DomainState to, StateCorrection step)
      throws LibvirtException {
    correct(from, to);

    assertEquals(List.of(step), steps);
    InOrder calls = inOrder(libvirt.library);
    switch (step) {
      case RESUMED -> calls.verify(libvirt.library).virDomainResume(libvirt.domain);
      case SUSPENDED -> calls.verify(libvirt.library).virDomainSuspend(libvirt.domain);
      case CREATED -> calls.verify(libvirt.library).virDomainCreateWithFlags(libvirt.domain, 0);
      case CREATED_PAUSED ->
          calls.verify(libvirt.library).virDomainCreateWithFlags(libvirt.domain, 1);
    }
  }

  @Test
  void startsThenPausesIfDriverCannotStartPaused() throws LibvirtException {
    when(libvirt.library.virDomainCreateWithFlags(any(), eq(1))).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_INVALID_ARG, "unsupported flags");

    correct(DomainState.SHUTOFF, DomainState.PAUSED);

    assertEquals(List.of(StateCorrection.CREATED, StateCorrection.SUSPENDED), steps);
    InOrder calls = inOrder(libvirt.library);
    calls.verify(libvirt.library).virDomainCreateWithFlags(libvirt.domain, 0);
    calls.verify(libvirt.library).virDomainSuspend(libvirt.domain);
  }

  @Test
  void failedStepIsNotListed() {
    when(libvirt.library.virDomainCreateWithFlags(any(), anyInt())).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    assertThrows(LibvirtException.class, () -> correct(DomainState.SHUTOFF, DomainState.PAUSED));

    assertEquals(List.of(), steps);
  }
}
