package io.github.libvirtsnapshot.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DeviceModifyFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.jna.OwnedString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GuestNetworkTest {
  private static final String FIRST = "52:54:00:00:00:01";
  private static final String SECOND = "52:54:00:00:00:02";
  private static final String THIRD = "52:54:00:00:00:03";
  private static final String DOWN = "<link state=\"down\"></link>";
  private static final String UP = "<link state=\"up\"></link>";

  private final MockedLibvirt libvirt = new MockedLibvirt();

  /** The devices that libvirt was given. */
  private final List<String> updates = new ArrayList<>();

  private Predicate<String> refused = update -> false;
  private Domain domain;
  private GuestNetwork network;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    network = GuestNetwork.of(domain, Duration.ZERO);
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, "unable to change link state");
    when(libvirt.library.virDomainUpdateDeviceFlags(
            any(), anyString(), eq(DeviceModifyFlag.LIVE.value())))
        .then(
            call -> {
              String update = call.getArgument(1);
              updates.add(update);
              return refused.test(update) ? -1 : 0;
            });
  }

  @AfterEach
  void everyReferenceIsReleased() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  private static String card(String address, String link) {
    return "<interface type=\"user\"><mac address=\""
        + address
        + "\"></mac>"
        + link
        + "</interface>";
  }

  private static OwnedString definition(String... cards) {
    return new OwnedString(
        "<domain><devices><disk/>" + String.join("", cards) + "</devices></domain>");
  }

  private void running(String... cards) {
    when(libvirt.library.virDomainGetXMLDesc(any(), eq(0))).thenReturn(definition(cards));
  }

  private void defined(String... cards) {
    when(libvirt.library.virDomainGetXMLDesc(any(), eq(DomainXmlFlag.INACTIVE.value())))
        .thenReturn(definition(cards));
  }

  private String failure(Executable action) {
    LibvirtException failure = assertThrows(LibvirtException.class, action);
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, failure.getError().getCode());
    assertEquals("unable to change link state", failure.getCause().getMessage());
    return failure.getMessage();
  }

  @Test
  void disconnectTakesDownTheLinksThatAreUp() throws LibvirtException {
    running(card(FIRST, ""), card(SECOND, DOWN), card(THIRD, UP));

    assertEquals(List.of(FIRST, THIRD), network.disconnect());

    assertEquals(List.of(card(FIRST, DOWN), card(THIRD, DOWN)), updates);
  }

  @Test
  void reconnectRestoresTheInterfacesAsTheyWere() throws LibvirtException {
    running(card(FIRST, ""), card(SECOND, DOWN), card(THIRD, UP));

    assertEquals(List.of(FIRST, THIRD), network.reconnect());

    assertEquals(
        List.of(card(FIRST, DOWN), card(THIRD, DOWN), card(FIRST, ""), card(THIRD, UP)), updates);
  }

  @Test
  void reconnectKeepsLinksDownForAWhile() throws LibvirtException {
    running(card(FIRST, ""));
    Stopwatch time = Stopwatch.createStarted();

    List<String> unused = GuestNetwork.of(domain, Duration.ofMillis(100)).reconnect();

    assertTrue(time.elapsed().toMillis() >= 100, time.toString());
  }

  @Test
  void connectTakesUpTheLinksThatAreUpInTheDefinition() throws LibvirtException {
    running(card(FIRST, DOWN), card(SECOND, DOWN), card(THIRD, DOWN));
    defined(card(FIRST, ""), card(SECOND, DOWN), card(THIRD, UP));

    assertEquals(List.of(FIRST, THIRD), network.connect());

    assertEquals(List.of(card(FIRST, ""), card(THIRD, UP)), updates);
  }

  @Test
  void connectTakesUpAnInterfaceThatTheDefinitionLacks() throws LibvirtException {
    running(card(FIRST, DOWN), card(SECOND, ""));
    defined();

    assertEquals(List.of(FIRST), network.connect());

    assertEquals(List.of(card(FIRST, "")), updates);
  }

  @Test
  void connectTakesUpAllLinksOfTransientDomain() throws LibvirtException {
    when(libvirt.library.virDomainIsPersistent(any())).thenReturn(0);
    running(card(FIRST, DOWN));

    assertEquals(List.of(FIRST), network.connect());
  }

  @Test
  void interfacesWithOneHardwareAddressAreAllConnected() throws LibvirtException {
    running(card(FIRST, DOWN), card(FIRST, DOWN));
    defined(card(FIRST, ""), card(FIRST, ""));

    assertEquals(List.of(FIRST, FIRST), network.connect());
  }

  @Test
  void failedDisconnectLeavesLinksAsBefore() {
    running(card(FIRST, ""), card(SECOND, ""), card(THIRD, ""));
    refused = card(SECOND, DOWN)::equals;

    assertEquals(
        "taking the link of interface "
            + SECOND
            + " down failed: unable to change link state; all links are as before",
        failure(network::disconnect));
    assertEquals(List.of(card(FIRST, DOWN), card(SECOND, DOWN), card(FIRST, "")), updates);
  }

  @Test
  void failedDisconnectNamesTheLinksThatStayDown() {
    running(card(FIRST, ""), card(SECOND, ""));
    refused = update -> !update.equals(card(FIRST, DOWN));

    assertEquals(
        "taking the link of interface "
            + SECOND
            + " down failed: unable to change link state; these links are down now: "
            + FIRST
            + "; way out: GuestNetwork.of(domain).connect(), or: virsh domif-setlink web01 "
            + FIRST
            + " up",
        failure(network::reconnect));
  }

  @Test
  void failedReconnectTakesUpTheOtherLinks() {
    running(card(FIRST, ""), card(SECOND, ""), card(THIRD, ""));
    refused = card(FIRST, "")::equals;

    assertEquals(
        "taking the link of interface "
            + FIRST
            + " up failed: unable to change link state; these links are down now: "
            + FIRST
            + "; way out: GuestNetwork.of(domain).connect(), or: virsh domif-setlink web01 "
            + FIRST
            + " up",
        failure(network::reconnect));
    assertEquals(
        List.of(card(FIRST, ""), card(SECOND, ""), card(THIRD, "")), updates.subList(3, 6));
  }

  @Test
  void updateDeviceFlagsPassesItsArgumentsOn() throws LibvirtException {
    assertEquals(0, domain.updateDeviceFlags("<a/>", 3));
    domain.updateDeviceFlags("<b/>", DeviceModifyFlag.CONFIG, DeviceModifyFlag.FORCE);

    verify(libvirt.library).virDomainUpdateDeviceFlags(libvirt.domain, "<a/>", 3);
    verify(libvirt.library).virDomainUpdateDeviceFlags(libvirt.domain, "<b/>", 6);
  }
}
