package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The TCP ports of a domain's screens, which libvirt gives to one guest only. */
final class GraphicsPorts {
  private GraphicsPorts() {}

  /** Returns those that the guest listens on. */
  static Set<String> of(XmlNode domain) {
    return ports(domain.all("devices/graphics").stream());
  }

  /** Returns those that the guest has to get, as it takes no others instead. */
  static Set<String> fixed(XmlNode domain) {
    return ports(
        domain.all("devices/graphics").stream()
            .filter(graphics -> !graphics.text("@autoport").equals("yes")));
  }

  private static Set<String> ports(Stream<XmlNode> graphics) {
    return graphics
        .flatMap(found -> Stream.of("@port", "@tlsPort", "@websocket").map(found::text))
        .filter(port -> !List.of("", "0", "-1").contains(port))
        .collect(ImmutableSet.toImmutableSet());
  }
}
