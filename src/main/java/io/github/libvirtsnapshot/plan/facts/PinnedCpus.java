package io.github.libvirtsnapshot.plan.facts;

import com.google.common.base.Splitter;
import com.google.common.primitives.Ints;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The CPUs of the host that the threads of a guest are pinned to. */
final class PinnedCpus {
  private static final Splitter PARTS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final String CPUS = "@cpuset";

  private PinnedCpus() {}

  /** Returns the sets of CPUs, each as in {@code 0-3,^2}. */
  static List<String> of(XmlNode domain) {
    return Stream.of(
            domain.all("vcpu").stream(),
            domain.all("cputune/vcpupin").stream().filter(pin -> isOnline(domain, pin)),
            domain.all("cputune/emulatorpin").stream(),
            domain.all("cputune/iothreadpin").stream())
        .flatMap(elements -> elements.map(element -> element.text(CPUS)))
        .filter(cpus -> !cpus.isEmpty())
        .distinct()
        .toList();
  }

  /** libvirt pins only the virtual CPUs that are online. */
  private static boolean isOnline(XmlNode domain, XmlNode pin) {
    String id = pin.text("@vcpu");
    Optional<XmlNode> listed =
        domain.all("vcpus/vcpu").stream().filter(vcpu -> vcpu.text("@id").equals(id)).findFirst();
    if (listed.isPresent()) {
      return !listed.get().text("@enabled").equals("no");
    }
    String current = domain.text("vcpu/@current");
    return current.isEmpty() || number(id, 0) < number(current, Integer.MAX_VALUE);
  }

  /**
   * Returns whether a host has one CPU of the set or more: libvirt ignores the others.
   *
   * @param count the number of CPUs of the host, whose numbers are smaller
   */
  static boolean includeOneOf(String cpus, int count) {
    BitSet included = new BitSet();
    for (String part : PARTS.split(cpus)) {
      boolean excluded = part.startsWith("^");
      String range = excluded ? part.substring(1) : part;
      int dash = range.indexOf('-');
      int from = number(dash < 0 ? range : range.substring(0, dash), 0);
      int to = dash < 0 ? from : number(range.substring(dash + 1), from);
      if (from < count && from <= to) {
        included.set(from, Math.min(to, count - 1) + 1, !excluded);
      }
    }
    return !included.isEmpty();
  }

  private static int number(String text, int otherwise) {
    Integer number = Ints.tryParse(text);
    return number == null || number < 0 ? otherwise : number;
  }
}
