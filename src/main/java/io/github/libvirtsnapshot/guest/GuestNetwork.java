package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DeviceModifyFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The links of the network interfaces of a running or paused guest. A link that is down is like a
 * network cable that is unplugged: the guest notices, and asks for its address again when the link
 * is up. Only the guest that runs now changes; the definition from which the domain starts does
 * not.
 *
 * <p>A host's network card that is passed to the guest with {@code <hostdev>} has no such link.
 *
 * <p>This class is immutable and thread-safe. It does not close the {@link Domain}.
 *
 * @see Domain#updateDeviceFlags
 */
public final class GuestNetwork {
  /**
   * A guest can miss a loss of its link that is shorter. On a busy machine, a Linux missed one loss
   * of 0.1 s in six.
   */
  private static final Duration TIME_DOWN = Duration.ofSeconds(1);

  private final Domain domain;
  private final Duration timeDown;

  private GuestNetwork(Domain domain, Duration timeDown) {
    this.domain = domain;
    this.timeDown = timeDown;
  }

  /** Returns the network of this domain. */
  public static GuestNetwork of(Domain domain) {
    return of(checkNotNull(domain, "domain is null"), TIME_DOWN);
  }

  /** Returns the network of this domain, with the time for which a link is down. */
  static GuestNetwork of(Domain domain, Duration timeDown) {
    return new GuestNetwork(domain, timeDown);
  }

  /**
   * Takes all links down that are up. If that fails for one of them, the links that this method has
   * taken down are taken up again.
   *
   * @return the hardware addresses of the interfaces whose links this method has taken down
   * @throws LibvirtException if a link could not be taken down; the message names the links that
   *     this method has left down
   */
  public List<String> disconnect() throws LibvirtException {
    return takeDown(linksThatAreUp());
  }

  /**
   * Takes those links up that are down, but are up in the definition from which the domain starts.
   * A transient domain has no such definition, so that all its links are taken up.
   *
   * @return the hardware addresses of the interfaces whose links this method has taken up
   * @throws LibvirtException if a link could not be taken up; the others are up then
   */
  public List<String> connect() throws LibvirtException {
    Map<String, NetworkLink> defined = definedLinks();
    return takeUp(
        links().stream()
            .filter(NetworkLink::isDown)
            .flatMap(link -> asDefined(link, defined))
            .toList());
  }

  /**
   * Takes all links down that are up, and up again after one second, so that the guest notices. A
   * link that was down stays down. An interrupt does not end the wait.
   *
   * @return the hardware addresses of the interfaces
   * @throws LibvirtException if a link could not be taken down or up; the message names the links
   *     that this method has left down
   */
  public List<String> reconnect() throws LibvirtException {
    List<NetworkLink> links = linksThatAreUp();
    if (!takeDown(links).isEmpty()) {
      Uninterruptibles.sleepUninterruptibly(timeDown);
    }
    return takeUp(links);
  }

  private List<NetworkLink> links() throws LibvirtException {
    return NetworkLink.allOf(XmlNode.parse(domain.getXMLDesc()));
  }

  private List<NetworkLink> linksThatAreUp() throws LibvirtException {
    return links().stream().filter(link -> !link.isDown()).toList();
  }

  /** Returns the links of the definition from which the domain starts, by hardware address. */
  private Map<String, NetworkLink> definedLinks() throws LibvirtException {
    return domain.isPersistent()
        ? NetworkLink.allOf(XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE))).stream()
            .collect(
                Collectors.toMap(
                    NetworkLink::hardwareAddress, Function.identity(), (first, second) -> first))
        : Map.of();
  }

  /** Returns the link as the domain starts with it; none if that link is down. */
  private static Stream<NetworkLink> asDefined(
      NetworkLink link, Map<String, NetworkLink> definedLinks) {
    Optional<NetworkLink> defined = Optional.ofNullable(definedLinks.get(link.hardwareAddress()));
    return defined.filter(NetworkLink::isDown).isPresent()
        ? Stream.empty()
        : Stream.of(defined.map(link::like).orElseGet(link::up));
  }

  private List<String> takeDown(List<NetworkLink> links) throws LibvirtException {
    List<NetworkLink> down = new ArrayList<>();
    for (NetworkLink link : links) {
      try {
        update(link.down());
      } catch (LibvirtException e) {
        throw failure("down", link, e, leftDown(down));
      }
      down.add(link);
    }
    return hardwareAddresses(links);
  }

  /** Takes links up again, and returns those for which that fails. */
  private List<NetworkLink> leftDown(List<NetworkLink> down) {
    List<NetworkLink> left = new ArrayList<>();
    for (NetworkLink link : down) {
      try {
        update(link);
      } catch (LibvirtException e) {
        left.add(link);
      }
    }
    return left;
  }

  private List<String> takeUp(List<NetworkLink> links) throws LibvirtException {
    for (int i = 0; i < links.size(); i++) {
      try {
        update(links.get(i));
      } catch (LibvirtException e) {
        List<NetworkLink> left = new ArrayList<>(List.of(links.get(i)));
        left.addAll(leftDown(links.subList(i + 1, links.size())));
        throw failure("up", links.get(i), e, left);
      }
    }
    return hardwareAddresses(links);
  }

  private void update(NetworkLink link) throws LibvirtException {
    domain.updateDeviceFlags(link.definition().xml(), DeviceModifyFlag.LIVE);
  }

  private static List<String> hardwareAddresses(List<NetworkLink> links) {
    return links.stream().map(NetworkLink::hardwareAddress).toList();
  }

  private LinkFailure failure(
      String direction, NetworkLink link, LibvirtException cause, List<NetworkLink> leftDown) {
    return new LinkFailure(
        "taking the link of interface " + link.hardwareAddress() + " " + direction,
        cause,
        leftDownNote(leftDown));
  }

  private String leftDownNote(List<NetworkLink> leftDown) {
    if (leftDown.isEmpty()) {
      return "all links are as before";
    }
    String shell = ShellText.domain(domain.getName(), domain.getUUIDString());
    return leftDown.stream()
        .map(link -> "virsh domif-setlink " + shell + " " + link.hardwareAddress() + " up")
        .collect(
            Collectors.joining(
                "; ",
                "these links are down now: "
                    + String.join(", ", hardwareAddresses(leftDown))
                    + "; way out: GuestNetwork.of(domain).connect(), or: ",
                ""));
  }

  /** Returns the name of the domain on one line, with control characters escaped. */
  @Override
  public String toString() {
    return "network of " + domain;
  }
}
