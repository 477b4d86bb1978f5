package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The definition for which libvirt prepares a start: without the parts that libvirt prepares only
 * in a real start, where the preparation would fail although the start succeeds.
 */
final class StartDefinition {
  /** libvirt creates tap devices for interfaces, and reserves devices of the host. */
  private static final ImmutableSet<String> REAL_START_ONLY =
      ImmutableSet.of("interface", "hostdev");

  private static final String PLACEMENT = "placement";

  private StartDefinition() {}

  /** Returns the XML. */
  static String of(XmlNode domain) {
    return of(domain, REAL_START_ONLY);
  }

  /** Returns the XML without the TPM: libvirt opens a TPM of the host, and only one guest can. */
  static String withoutTpm(XmlNode domain) {
    return of(domain, ImmutableSet.<String>builder().addAll(REAL_START_ONLY).add("tpm").build());
  }

  private static String of(XmlNode domain, Set<String> devicesLeftOut) {
    return withChildren(
            domain,
            domain.children().stream()
                .map(
                    part ->
                        switch (part.name()) {
                          case "devices" ->
                              withChildren(
                                  part,
                                  part.children().stream()
                                      .filter(device -> !devicesLeftOut.contains(device.name()))
                                      .toList());
                          case "vcpu" -> placed(part);
                          case "numatune" ->
                              withChildren(
                                  part,
                                  part.children().stream()
                                      .filter(child -> !isPlacedByHost(child))
                                      .toList());
                          default -> part;
                        })
                .toList())
        .xml();
  }

  /** Returns whether the daemon numad of the host chooses the CPUs or the memory nodes. */
  static boolean isPlacedByHost(XmlNode part) {
    return part.text("@" + PLACEMENT).equals("auto");
  }

  private static XmlNode placed(XmlNode vcpu) {
    Map<String, String> attributes =
        isPlacedByHost(vcpu)
            ? ImmutableMap.copyOf(
                Maps.filterKeys(vcpu.attributes(), name -> !name.equals(PLACEMENT)))
            : vcpu.attributes();
    return new XmlNode(vcpu.name(), attributes, vcpu.children(), vcpu.texts());
  }

  /** Between the children of these elements is only white space. */
  private static XmlNode withChildren(XmlNode element, List<XmlNode> children) {
    return new XmlNode(
        element.name(),
        element.attributes(),
        children,
        Collections.nCopies(children.size() + 1, ""));
  }
}
