package io.github.libvirtsnapshot.plan;

import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A measured case of a rule that the table of reverts does not contain. RefusalRulesIT repeats the
 * case on a real libvirt and compares.
 *
 * @param driver the driver
 * @param rule the name of the rule
 * @param which the case, if the rule has several
 * @param libvirt the measured version of libvirt
 * @param code the error of the revert
 */
public record FamilyRow(String driver, String rule, String which, String libvirt, int code) {
  /** Returns all rows. */
  public static List<FamilyRow> all() {
    try {
      return Resources.readLines(
              Resources.getResource(FamilyRow.class, "families.csv"), StandardCharsets.UTF_8)
          .stream()
          .skip(1)
          .map(line -> Splitter.on(';').splitToList(line))
          .map(
              fields ->
                  new FamilyRow(
                      fields.get(0),
                      fields.get(1),
                      fields.get(2),
                      fields.get(3),
                      Integer.parseInt(fields.get(4))))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the rows of this version, or of the newest measured version before it. */
  public static List<FamilyRow> of(String driver, long libvirtVersion) {
    long measured =
        all().stream()
            .mapToLong(FamilyRow::number)
            .filter(number -> number <= libvirtVersion)
            .max()
            .orElseThrow();
    return all().stream()
        .filter(row -> row.driver().equals(driver) && row.number() == measured)
        .toList();
  }

  private long number() {
    long number = 0;
    for (String part : Splitter.on('.').split(libvirt)) {
      number = number * 1_000 + Long.parseLong(part);
    }
    return number;
  }

  /** Returns the driver and the name of each rule that was measured on a version of libvirt. */
  public static Set<String> seenOn(String libvirt) {
    return all().stream()
        .filter(row -> row.libvirt().equals(libvirt))
        .map(row -> row.driver() + " " + row.rule())
        .collect(Collectors.toSet());
  }
}
