package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The TCP ports of a domain's graphics devices. Each port belongs to one guest at a time. */
final class GraphicsPorts {
  private static final ImmutableList<String> ALL =
      ImmutableList.of("@port", "@tlsPort", "@websocket");

  private static final ImmutableList<String> FIXED_DESPITE_AUTOPORT =
      ImmutableList.of("@websocket");

  private static final ImmutableSet<String> NONE = ImmutableSet.of("", "0", "-1");

  /**
   * A port.
   *
   * @param graphics the type of the graphics device, as in {@code vnc}
   */
  record Port(String graphics, String number) {}

  private GraphicsPorts() {}

  /** Returns the numbers of the ports that the guest listens on. */
  static Set<String> of(XmlNode domain) {
    return numbers(graphics(domain).flatMap(device -> ports(device, ALL)));
  }

  /** Returns the numbers of the fixed ports: the guest fails to start if one is in use. */
  static Set<String> fixed(XmlNode domain) {
    return numbers(fixedPorts(domain));
  }

  /** Returns the fixed ports: the guest fails to start if one is in use. */
  static Stream<Port> fixedPorts(XmlNode domain) {
    return graphics(domain)
        .flatMap(
            device ->
                ports(
                    device, device.text("@autoport").equals("yes") ? FIXED_DESPITE_AUTOPORT : ALL));
  }

  private static Stream<XmlNode> graphics(XmlNode domain) {
    return domain.all("devices/graphics").stream();
  }

  private static Stream<Port> ports(XmlNode graphics, List<String> attributes) {
    return attributes.stream()
        .map(graphics::text)
        .filter(number -> !NONE.contains(number))
        .map(number -> new Port(graphics.text("@type"), number));
  }

  private static Set<String> numbers(Stream<Port> ports) {
    return ports.map(Port::number).collect(ImmutableSet.toImmutableSet());
  }
}
