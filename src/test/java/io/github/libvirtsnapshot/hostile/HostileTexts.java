package io.github.libvirtsnapshot.hostile;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Texts that a hostile server may return. */
final class HostileTexts {
  private static final int MEGABYTE = 1_000_000;
  private static final Pattern PART = Pattern.compile("<[^>]*>|'[^']*'|[^<>']+");

  private static final ImmutableList<Supplier<String>> TEXTS =
      ImmutableList.of(
          () -> "",
          () -> " ",
          () -> "no XML",
          () -> "x".repeat(MEGABYTE),
          () -> "a.".repeat(MEGABYTE / 10),
          () -> "\ud800",
          () -> "a\ud83d\ude00\udc00\u0000b\u009b2J\u202e\r\n",
          () -> "/../../etc/passwd",
          () -> "9".repeat(50),
          () -> "-9223372036854775808",
          () -> nested("e", 400),
          () -> nested("e", MEGABYTE / 10),
          () -> nested("backingStore", 400),
          () -> "<domainsnapshot>".repeat(MEGABYTE / 20),
          () -> "<!DOCTYPE d [<!ENTITY e 'x'>]><domainsnapshot><state>&e;</state></domainsnapshot>",
          () -> "<domainsnapshot><state>running</state></domainsnapshot><domain/>",
          () -> "<domainsnapshot/>",
          () -> "<domain/>",
          () -> state("x".repeat(MEGABYTE)),
          () -> state("a.".repeat(MEGABYTE / 10)),
          () -> state("running</state><creationTime>99999999999999999999</creationTime><state>"),
          () -> "<\u0220>" + "<!--".repeat(MEGABYTE / 10),
          () -> "<domain " + attributes(20_000) + "/>",
          () -> "<domain><devices>" + "<disk/>".repeat(2_000) + "</devices></domain>");

  private HostileTexts() {}

  private static String nested(String name, int levels) {
    return ("<" + name + ">").repeat(levels) + ("</" + name + ">").repeat(levels);
  }

  private static String state(String state) {
    return "<domainsnapshot><name>a</name><state>" + state + "</state></domainsnapshot>";
  }

  private static String attributes(int count) {
    StringBuilder attributes = new StringBuilder();
    for (int i = count; i > 0; i--) {
      attributes.append(" a").append(i).append("=''");
    }
    return attributes.toString();
  }

  /** Returns a random text. */
  static String any(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size())).get();
  }

  /** Returns a text that is cut, or in which one part is repeated, removed or replaced. */
  static String changed(String honest, Random random) {
    ImmutableList<MatchResult> parts =
        PART.matcher(Strings.nullToEmpty(honest))
            .results()
            .collect(ImmutableList.toImmutableList());
    if (parts.isEmpty()) {
      return any(random);
    }
    MatchResult part = parts.get(random.nextInt(parts.size()));
    String before = honest.substring(0, part.start());
    String after = honest.substring(part.end());
    return switch (random.nextInt(5)) {
      case 0 -> before;
      case 1 -> before + after;
      case 2 -> before + part.group().repeat(2) + after;
      case 3 -> before + part.group().repeat(2_000) + after;
      default -> before + quoted(part.group(), any(random)) + after;
    };
  }

  private static String quoted(String part, String text) {
    return part.startsWith("'") ? "'" + text.replaceAll("['<&]", "") + "'" : text;
  }
}
