package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A domain of a mocked libvirt, a reverter to its snapshot, and the recorded log. */
abstract class MockedRevert {
  static final int RUNNING = 1;
  static final int PAUSED = 3;
  static final int SHUTOFF = 5;

  final MockedLibvirt libvirt = new MockedLibvirt();
  LogRecorder log;
  Domain domain;
  SnapshotReverter reverter;

  @BeforeEach
  void open() throws LibvirtException {
    log = new LogRecorder(SnapshotReverter.class);
    domain = libvirt.open();
    reverter = SnapshotReverter.of(domain).to(MockedLibvirt.SNAPSHOT);
  }

  @AfterEach
  void closeAndCheckReferences() throws InterruptedException {
    domain.close();
    log.close();
    libvirt.references.assertBalanced();
  }

  final void revertLeaves(int state, int reason) {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(state, reason);
              return 0;
            });
  }

  final void revertFails(ErrorNumber code, String message) {
    libvirt.setError(code, message);
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);
  }

  /** Undoes a revert: libvirt makes the safety snapshot the current one. */
  final RevertReport undo(SnapshotReverter undoing, RevertReport report) throws RevertException {
    libvirt.setSnapshotName(report.safetySnapshot().orElseThrow());
    return undoing.undo(report);
  }

  final RevertException failure(SnapshotReverter failing) {
    return assertThrows(RevertException.class, failing::revert);
  }

  final void verifyNotReverted() {
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }
}
