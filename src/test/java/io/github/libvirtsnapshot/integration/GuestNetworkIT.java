package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainInterface;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestNetwork;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The network of a Linux in QEMU with two interfaces: the link of eth0 is up, that of eth1 is down.
 * The guest itself tells about its links, and virsh about the definitions.
 */
@Timeout(300)
@Tag("qemu")
class GuestNetworkIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern INTERFACE =
      Pattern.compile("<interface.*?</interface>", Pattern.DOTALL);

  private static final String FIRST = "52:54:00:00:00:01";

  private static final String INTERFACES =
      """
      <interface type='user'>
        <mac address='52:54:00:00:00:01'/><model type='virtio'/>
      </interface>
      <interface type='user'>
        <mac address='52:54:00:00:00:02'/><model type='virtio'/><link state='down'/>
      </interface>
      """;

  private static PrivateLibvirtd libvirtd;
  private static Connect connect;
  private static Domain domain;

  /** Boots the Linux, and takes a snapshot of it. */
  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    connect = new Connect(libvirtd.qemu());
    String xml =
        Guests.linuxXml("web01", libvirtd.disk("web01"), TestLinux.copyTo(libvirtd), "")
            .replace("<channel", INTERFACES + "<channel");
    domain = connect.domainDefineXML(xml);
    domain.create();
    assertTrue(GuestAgent.of(domain).await(PATIENCE).responded());
    Guests.take(domain, "clean-install");
  }

  @AfterAll
  static void stop() throws LibvirtException, IOException {
    Guests.bringTo(domain, DomainState.SHUTOFF);
    domain.close();
    connect.close();
    libvirtd.close();
  }

  private String defined;
  private List<String> running;
  private int downBefore;

  /** Reverts without a change of the network, and remembers what virsh and the guest say then. */
  @BeforeEach
  void revertOnly() throws Exception {
    RevertReport unused = reverter().awaitingGuest(PATIENCE).revert();
    defined = dumpxml("--inactive");
    running = interfaces();
    assertEquals("1", cardFile("eth0", "carrier"));
    assertEquals("0", cardFile("eth1", "carrier"));
    downBefore = timesDown();
  }

  private static SnapshotReverter reverter() {
    return SnapshotReverter.of(domain).to("clean-install");
  }

  private static String dumpxml(String... options) throws IOException {
    return PrivateLibvirtd.run(
        Stream.concat(
                Stream.of("virsh", "-c", libvirtd.qemu(), "dumpxml", "web01"), Stream.of(options))
            .toArray(String[]::new));
  }

  private static List<String> interfaces() throws IOException {
    return INTERFACE.matcher(dumpxml()).results().map(MatchResult::group).toList();
  }

  /** Returns how often the link of eth0 went down, as the guest has counted. */
  private static int timesDown() throws IOException {
    return Integer.parseInt(cardFile("eth0", "carrier_down_count"));
  }

  private static String cardFile(String card, String name) throws IOException {
    int handle =
        agent("guest-file-open", "'path':'/sys/class/net/" + card + "/" + name + "'")
            .get("return")
            .getAsInt();
    String content =
        agent("guest-file-read", "'handle':" + handle)
            .getAsJsonObject("return")
            .get("buf-b64")
            .getAsString();
    JsonObject unused = agent("guest-file-close", "'handle':" + handle);
    return new String(Base64.getDecoder().decode(content), StandardCharsets.US_ASCII).strip();
  }

  private static JsonObject agent(String command, String arguments) throws IOException {
    String json = "{'execute':'" + command + "','arguments':{" + arguments + "}}";
    String answer =
        PrivateLibvirtd.run(
            "virsh", "-c", libvirtd.qemu(), "qemu-agent-command", "web01", json.replace('\'', '"'));
    return JsonParser.parseString(answer).getAsJsonObject();
  }

  private static void awaitCarrier(String expected) throws Exception {
    while (!cardFile("eth0", "carrier").equals(expected)) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertEquals("0", cardFile("eth1", "carrier"));
  }

  @Test
  void reconnectedGuestNoticesAndItsDefinitionsAreUnchanged() throws Exception {
    RevertReport report = reverter().reconnectingNetwork().awaitingGuest(PATIENCE).revert();

    assertTrue(report.guest().orElseThrow().responded());
    awaitCarrier("1");
    assertEquals(downBefore + 1, timesDown());
    assertEquals(running, interfaces());
    assertEquals(defined, dumpxml("--inactive"));
  }

  @Test
  void isolatedGuestHasNoNetworkUntilItIsConnected() throws Exception {
    RevertReport report = reverter().isolated().awaitingGuest(PATIENCE).revert();

    assertEquals(DomainState.RUNNING, report.after().state());
    awaitCarrier("0");
    assertNotEquals(running, interfaces());
    assertEquals(defined, dumpxml("--inactive"));

    assertEquals(List.of(FIRST), GuestNetwork.of(domain).connect());

    awaitCarrier("1");
    assertEquals(downBefore + 1, timesDown());
    assertEquals(running, interfaces());
    assertEquals(defined, dumpxml("--inactive"));
    assertEquals(List.of(), GuestNetwork.of(domain).connect());
  }

  @Test
  void isolatedGuestBootsWithoutNetwork() throws Exception {
    domain.destroy();
    Guests.take(domain, "off");

    RevertReport report =
        SnapshotReverter.of(domain).to("off").isolated().awaitingGuest(PATIENCE).revert();

    assertEquals(DomainState.RUNNING, report.after().state());
    assertEquals("0", cardFile("eth0", "carrier_up_count"));
    awaitCarrier("0");
    assertEquals(List.of(FIRST), GuestNetwork.of(domain).connect());
    awaitCarrier("1");
    assertEquals(running, interfaces());
  }

  @Test
  void linksOfGuestThatIsOffCannotBeChanged() throws Exception {
    domain.destroy();

    LibvirtException refused =
        assertThrows(LibvirtException.class, GuestNetwork.of(domain)::disconnect);

    assertTrue(refused.getMessage().contains("domain is not running"), refused.getMessage());
    assertEquals(defined, dumpxml("--inactive"));
  }

  /** The guest also gives itself addresses of IP version 6, after some seconds. */
  @Test
  void addressOfGuestComesFromItsAgent() throws Exception {
    DomainInterface card =
        domain.interfaceAddresses(InterfaceAddressSource.AGENT).stream()
            .filter(found -> found.name.equals("eth0"))
            .findFirst()
            .orElseThrow();

    assertEquals(FIRST, card.hwAddr);
    assertTrue(
        card.addrs.stream().anyMatch(found -> found.toString().equals("10.0.2.15/24")),
        card.toString());
  }
}
