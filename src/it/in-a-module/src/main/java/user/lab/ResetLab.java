package user.lab;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectAuth;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Uses what crosses modules: JNA's proxies and callbacks, the fake, serialization, and events. */
public final class ResetLab {
  private static final String HOST =
      """
      <node>
        <domain type="test">
          <name>web01</name><memory>8192</memory><vcpu>1</vcpu><os><type>hvm</type></os>
        </domain>
        <auth><user password="secret">lab</user></auth>
      </node>
      """;

  private ResetLab() {}

  /** Reverts a domain of libvirt's test driver, and another one of the library's fake. */
  public static void main(String[] args) throws Exception {
    Path host = Files.createTempFile("host", ".xml");
    Files.writeString(host, HOST);
    ConnectAuth auth = ConnectAuth.of(() -> "lab", "secret"::toCharArray);
    try (Recording recording = new Recording();
        Connect connect = new Connect("test://" + host, auth);
        Domain web01 = connect.domainLookupByName("web01")) {
      recording.enable("io.github.libvirtsnapshot.Revert");
      recording.start();
      SnapshotMaker.of(web01).named("clean").withMemory().take().close();
      RevertReport report = copy(SnapshotReverter.of(web01).to("clean").running().revert());
      System.out.println(report.after().stateAndReason());
      refuse(web01);
      Path events = Files.createTempFile("events", ".jfr");
      recording.dump(events);
      for (RecordedEvent event : RecordingFile.readAllEvents(events)) {
        System.out.println(event.getString("snapshot") + ": " + event.getString("outcome"));
      }
    }
    revertFake();
    System.out.println(Connect.class.getModule());
  }

  private static RevertReport copy(RevertReport report) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(report);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (RevertReport) in.readObject();
    }
  }

  private static void refuse(Domain domain) {
    try {
      SnapshotReverter.of(domain).to("no such snapshot").revert();
    } catch (RevertException e) {
      System.out.println(e.outcome() + ": " + e.getError().getCode());
    }
  }

  private static void revertFake() throws LibvirtException {
    FakeLibvirt libvirt = new FakeLibvirt();
    libvirt.addDomain("fake", DomainState.SHUTOFF).addSnapshot("clean", DomainState.RUNNING);
    try (Connect connect = libvirt.connect();
        Domain fake = connect.domainLookupByName("fake")) {
      System.out.println(SnapshotReverter.of(fake).to("clean").revert().after().state());
    }
  }
}
