package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** States and reasons have the same text as in virsh. */
class VirshStateTextIT {
  private interface Action {
    void perform(Domain domain) throws LibvirtException;
  }

  @Test
  void stateTextMatchesVirsh() throws IOException, LibvirtException {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect connect = new Connect(libvirtd.uri("test+unix:///default"));
        Domain domain = connect.domainLookupByName("test")) {
      Guests.takeSnapshots(domain);
      Action[] actions = {
        Domain::create,
        Domain::suspend,
        Domain::resume,
        Domain::managedSave,
        Domain::create,
        Domain::shutdown,
        same -> SnapshotReverter.of(same).to("running").revert(),
        same -> SnapshotReverter.of(same).to("paused").revert(),
        same -> SnapshotReverter.of(same).to("shutoff").revert(),
      };
      for (Action action : actions) {
        action.perform(domain);
        assertEquals(
            PrivateLibvirtd.run(
                    "env",
                    "LC_ALL=C",
                    "virsh",
                    "-c",
                    libvirtd.uri("test+unix:///default"),
                    "domstate",
                    "--reason",
                    "test")
                .strip(),
            domain.getState().toString());
      }
    }
  }
}
