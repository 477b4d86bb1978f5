package io.github.libvirtsnapshot.archive;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares the virtual hardware of a domain with the definitions in the metadata of its snapshots.
 * A domain can get another machine type and other disks between two snapshots, so the domain has to
 * match only one of the definitions.
 *
 * @param domain the definition of the domain
 * @param snapshots the definitions in the metadata
 */
record MachineCheck(XmlNode domain, List<XmlNode> snapshots) {
  private static final ImmutableMap<String, String> ALIASES =
      ImmutableMap.of("pc", "pc-i440fx", "q35", "pc-q35");

  static MachineCheck of(XmlNode domain, Collection<SnapshotDescription> snapshots) {
    return new MachineCheck(
        domain, snapshots.stream().flatMap(snapshot -> snapshot.domain().stream()).toList());
  }

  /** Returns why the domain cannot be that of the snapshots. */
  List<String> refusals() {
    return snapshots.isEmpty()
        ? List.of()
        : Stream.of(
                refusal("architecture", each -> Set.of(each.text("os/type/@arch"))),
                refusal("machine type", each -> Set.of(machine(each.text("os/type/@machine")))),
                refusal("disks", MachineCheck::targets))
            .flatMap(Optional::stream)
            .collect(ImmutableList.toImmutableList());
  }

  private Optional<String> refusal(String part, Function<XmlNode, Set<String>> values) {
    Set<String> own = values.apply(domain);
    Set<String> archived =
        snapshots.stream().flatMap(each -> values.apply(each).stream()).collect(Collectors.toSet());
    boolean fits = archived.isEmpty() || !Sets.intersection(own, archived).isEmpty();
    return fits
        ? Optional.empty()
        : Optional.of(
            "the domain is another machine than that of the snapshots: %s %s instead of %s; define"
                    .formatted(part, ExistingNames.quoted(own), ExistingNames.quoted(archived))
                + " it from the XML of the original domain; if that changed after its last"
                + " snapshot, define it from the XML in a snapshot, restore, and then define it as"
                + " it is now");
  }

  /** Returns a machine type without its version. */
  private static String machine(String type) {
    int version = type.lastIndexOf('-');
    return ALIASES.getOrDefault(type, version < 0 ? type : type.substring(0, version));
  }

  private static Set<String> targets(XmlNode definition) {
    return Disk.of(definition).stream().map(Disk::target).collect(Collectors.toSet());
  }
}
