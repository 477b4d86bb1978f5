package io.github.libvirtsnapshot.fleet;

import static io.github.libvirtsnapshot.XmlDocuments.elements;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.XmlDocuments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The HTML page of a report. It is read as XML; PagesIT reads it with a browser. */
class ReportPageTest {
  private static String hostile;
  private static Document page;

  @BeforeAll
  static void write() throws Exception {
    hostile = SampleReports.hostile().toHtml();
    page = XmlDocuments.parse(hostile);
  }

  private static List<String> texts(Document document, String name) {
    return elements(document, name).map(Element::getTextContent).toList();
  }

  /** Returns the texts of the cells of the row of a domain, by the headings of the columns. */
  private static Map<String, String> row(Document document, String domain) {
    Element row =
        elements(document, "tr")
            .filter(each -> elements(each, "th").anyMatch(th -> th.getTextContent().equals(domain)))
            .findFirst()
            .orElseThrow();
    Element table = (Element) row.getParentNode().getParentNode();
    List<String> headings =
        elements((Element) table.getFirstChild(), "th").map(Element::getTextContent).toList();
    List<Element> cells = elements(row, "td").toList();
    return IntStream.range(0, cells.size())
        .boxed()
        .collect(
            Collectors.toMap(i -> headings.get(i + 1), i -> cells.get(i).getTextContent().strip()));
  }

  @Test
  void tenantsTextIsNeitherMarkupNorInvisible() {
    assertTrue(hostile.contains("&lt;script&gt;"));
    assertTrue(texts(page, "bdi").contains(LogEscaper.escape(SampleReports.HOSTILE)));
    assertEquals(
        Set.of(),
        elements(page, "*")
            .map(Element::getTagName)
            .filter(name -> Set.of("script", "img", "iframe", "object", "link").contains(name))
            .collect(Collectors.toSet()));
    assertEquals(hostile.replace("\n", ""), LogEscaper.escapeMessage(hostile.replace("\n", "")));
  }

  @Test
  void linksLeadToPartsOfThePage() {
    Set<String> ids =
        elements(page, "*")
            .map(element -> "#" + element.getAttribute("id"))
            .collect(Collectors.toSet());
    List<String> links = elements(page, "a").map(link -> link.getAttribute("href")).toList();
    assertTrue(links.size() > 5, links.toString());
    assertTrue(ids.containsAll(links), ids + " " + links);
  }

  @Test
  void secretOfUriIsNotOnThePage() {
    assertFalse(hostile.contains("secret"));
    assertTrue(hostile.contains("qemu+tls://admin:***@host1/system"));
  }

  @Test
  void domainsThatNeedAttentionComeFirst() {
    assertEquals(
        List.of(
            "Neither reverted nor certainly as before: 1 domain",
            "Not reverted, as before the run: 3 domains",
            "Reverted, but not as requested: 1 domain",
            "All domains by host"),
        texts(page, "h2"));
  }

  @Test
  void sameMessageOfManyDomainsIsShownOnce() {
    List<String> problems =
        texts(page, "article").stream().filter(text -> text.contains("within 30 s")).toList();
    assertEquals(
        List.of("not started: 2 domainsthe host did not respond within 30 sh2: db02, db03"),
        problems);
  }

  @Test
  void problemHasWhatIsKnownOfTheDomain() {
    String problem =
        texts(page, "article").stream()
            .filter(text -> text.contains("not listed"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        "not started: (domains not listed) on h3the domains were not listed"
            + "Resolved laterUNCHANGED: the domain no longer exists"
            + "Not started againthe host is down"
            + "Safety snapshots that may still existleft-1; left-2",
        problem);
  }

  @Test
  void tableHasStatesGuestAndClock() {
    assertEquals(
        Map.of(
            "Outcome", "reverted",
            "Time", "web02: reverted, 2.0–10.0 s 2.0–10.0 s",
            "Snapshot", "clean",
            "Before", "running (from snapshot)",
            "After", "running (from snapshot)",
            "Guest", "ready after 1.5 s, its file systems are frozen",
            "Clock of the guest", "was 13.0 s behind and is 0.0 s behind",
            "Safety snapshot", "",
            "Safety snapshots that may still exist", ""),
        row(page, "web02"));
  }

  @Test
  void columnThatNoDomainNeedsIsLeftOut() throws Exception {
    SampleReports sample = new SampleReports();
    sample.add("h1", "web01", SampleReports.revert("web01").report());

    assertEquals(
        Set.of("Outcome", "Time", "Snapshot", "Before", "After"),
        row(XmlDocuments.parse(sample.report().toHtml()), "web01").keySet());
  }

  private static List<String> bars(Document document, String domain) {
    return elements(document, "rect")
        .filter(rect -> rect.getTextContent().startsWith(domain + ":"))
        .map(
            rect ->
                rect.getAttribute("x")
                    + " "
                    + rect.getAttribute("width")
                    + " "
                    + rect.getAttribute("y"))
        .toList();
  }

  /** The axis of a host has 720 pixels for 10 seconds, and that of a row 240. */
  @Test
  void barsShowTheTimesOfTheDomains() {
    assertEquals(List.of("0.0 144.0 0.0", "0.0 48.0 0.0"), bars(page, "web01"));
    assertEquals(List.of("144.0 576.0 0.0", "48.0 192.0 0.0"), bars(page, "web02"));
    assertEquals(
        List.of("72.0 144.0 10.0", "24.0 48.0 0.0"),
        bars(page, LogEscaper.truncate(LogEscaper.escape(SampleReports.HOSTILE), 60, "…")));
    assertEquals(List.of(), bars(page, "db02"));
  }

  @Test
  void barsOfAnInstantAreVisibleAndWithinTheAxis() throws Exception {
    SampleReports sample = new SampleReports();
    sample.add("h1", "web01", SampleReports.revert("web01").report());
    sample.span("h1", "web01", 7, 7);

    assertEquals(
        List.of("718.0 2.0 0.0", "238.0 2.0 0.0"),
        bars(XmlDocuments.parse(sample.report().toHtml()), "web01"));
  }

  @Test
  void groupsAgreeWithTheReport() {
    for (RevertOutcome outcome : RevertOutcome.values()) {
      SampleReports sample = new SampleReports();
      if (outcome == RevertOutcome.REVERTED) {
        sample.add("h1", "web01", SampleReports.revert("web01").report());
      } else {
        sample.add("h1", "web01", SampleReports.failure("web01", outcome, "boom"));
      }
      FleetReport report = sample.report();
      EntryGroup group = EntryGroup.of(report.entries().get(0));

      assertEquals(!report.uncertain().isEmpty(), group == EntryGroup.UNCERTAIN, outcome.name());
      assertEquals(
          report.isComplete(),
          group == EntryGroup.REVERTED || group == EntryGroup.INCOMPLETE,
          outcome.name());
      assertEquals(outcome == RevertOutcome.REVERTED, group == EntryGroup.REVERTED, outcome.name());
    }
  }

  @Test
  void policyAllowsNothingButTheStyleOfThePage() throws Exception {
    byte[] style = texts(page, "style").get(0).getBytes(StandardCharsets.UTF_8);
    String hash =
        Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(style));

    assertEquals(
        "default-src 'none'; style-src 'sha256-" + hash + "'; base-uri 'none'; form-action 'none'",
        elements(page, "meta")
            .filter(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
            .findFirst()
            .orElseThrow()
            .getAttribute("content"));
  }

  @Test
  void emptyReportHasAPage() throws Exception {
    Document empty = XmlDocuments.parse(new SampleReports().report().toHtml());

    assertEquals(List.of("0 domains"), texts(empty, "h1"));
    assertEquals(List.of("All domains by host"), texts(empty, "h2"));
  }

  private static long openHosts(Document document) {
    return elements(document, "details").filter(host -> host.hasAttribute("open")).count();
  }

  @Test
  @Timeout(60)
  void manyDomainsAndProblemsAreFolded() throws Exception {
    String many = SampleReports.ofDomains(5_000).toHtml();
    Document document = XmlDocuments.parse(many);

    assertTrue(many.length() < 5_000_000, many.length() + " characters");
    assertEquals(3, openHosts(page));
    assertEquals(0, openHosts(document));
    assertTrue(texts(document, "summary").contains("480 more"));
    assertEquals(500, elements(document, "article").count());
    assertEquals(List.of("5000 domains: 4500 reverted, 500 failed"), texts(document, "h1"));
  }

  @Test
  void namesOfManyDomainsWithOneMessageAreFolded() throws Exception {
    SampleReports sample = new SampleReports();
    IntStream.range(0, 41)
        .forEach(i -> sample.add("h1", "web" + i, new NotStartedException("the host is down")));
    Document document = XmlDocuments.parse(sample.report().toHtml());

    assertEquals(List.of("not started: 41 domains"), texts(document, "h3"));
    assertTrue(texts(document, "summary").contains("the domains"));
  }
}
