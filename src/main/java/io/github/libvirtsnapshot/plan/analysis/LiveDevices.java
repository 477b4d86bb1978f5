package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMultiset;
import com.google.common.collect.Multiset;
import com.google.common.collect.Multisets;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The devices that a guest has only until it stops: the persistent definition lacks them. */
final class LiveDevices {
  private LiveDevices() {}

  /** Returns the live devices that the snapshot lacks too, so that the revert removes them. */
  static List<String> lost(Facts facts) {
    Optional<XmlNode> active = facts.definitions().active();
    if (active.isEmpty() || facts.target().domain().isEmpty()) {
      return List.of();
    }
    List<XmlNode> others =
        Stream.concat(facts.definitions().persistent().stream(), facts.target().domain().stream())
            .toList();
    Multiset<String> kept = ImmutableMultiset.of();
    for (XmlNode other : others) {
      kept = Multisets.union(kept, devices(other));
    }
    Multiset<String> removed = Multisets.difference(devices(active.get()), kept);
    ImmutableList.Builder<String> lost = ImmutableList.builder();
    removed.elementSet().forEach(device -> lost.add(counted(device, removed.count(device))));
    long cpus = cpus(active.get()) - others.stream().mapToLong(LiveDevices::cpus).max().orElse(0);
    if (cpus > 0) {
      lost.add(cpus == 1 ? "1 virtual CPU" : cpus + " virtual CPUs");
    }
    return lost.build();
  }

  private static long cpus(XmlNode domain) {
    String current = domain.text("vcpu/@current");
    return Optional.ofNullable(Longs.tryParse(current.isEmpty() ? domain.text("vcpu") : current))
        .orElse(1L);
  }

  /** libvirt adds controllers on its own, for the devices that need them. */
  private static Multiset<String> devices(XmlNode domain) {
    return domain.first("devices").stream()
        .flatMap(devices -> devices.children().stream())
        .filter(device -> !device.name().equals("controller"))
        .map(LiveDevices::name)
        .collect(ImmutableMultiset.toImmutableMultiset());
  }

  private static String name(XmlNode device) {
    String words =
        switch (device.name()) {
          case "disk" -> "disk " + device.text("target/@dev");
          case "interface" -> "interface " + device.text("mac/@address");
          case "memory" -> "memory device of " + device.text("target/size") + " KiB";
          case "hostdev" -> "host device " + device.text("@type");
          default -> device.name() + " device";
        };
    return LogEscaper.escape(words);
  }

  private static String counted(String device, int count) {
    return count == 1 ? device : device + " (" + count + " of them)";
  }
}
