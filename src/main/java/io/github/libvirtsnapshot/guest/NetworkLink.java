package io.github.libvirtsnapshot.guest;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The link of a network interface of a domain.
 *
 * @param definition the interface in the XML of the domain
 */
record NetworkLink(XmlNode definition) {
  private static final String LINK = "link";

  private static final XmlNode DOWN =
      new XmlNode(LINK, ImmutableMap.of("state", "down"), List.of(), List.of(""));

  /** Returns the links of all interfaces. */
  static List<NetworkLink> allOf(XmlNode domain) {
    return domain.all("devices/interface").stream().map(NetworkLink::new).toList();
  }

  /** Returns the hardware address of the interface, which identifies the interface. */
  String hardwareAddress() {
    return definition.text("mac/@address");
  }

  boolean isDown() {
    return definition.text("link/@state").equals("down");
  }

  /** Returns the interface with the link down. */
  NetworkLink down() {
    return with(Optional.of(DOWN));
  }

  /** Returns the interface with the state of another link. */
  NetworkLink like(NetworkLink other) {
    return with(other.definition.first(LINK));
  }

  /** Returns the interface with the link up. */
  NetworkLink up() {
    return with(Optional.empty());
  }

  /** Between the children of an interface is only white space. */
  private NetworkLink with(Optional<XmlNode> link) {
    ImmutableList.Builder<XmlNode> builder = ImmutableList.builder();
    definition.children().stream()
        .filter(child -> !child.name().equals(LINK))
        .forEach(builder::add);
    link.ifPresent(builder::add);
    List<XmlNode> children = builder.build();
    return new NetworkLink(
        new XmlNode(
            definition.name(),
            definition.attributes(),
            children,
            Collections.nCopies(children.size() + 1, "")));
  }
}
