package io.github.libvirtsnapshot.fleet;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Markup;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Writes a report as an HTML page, whose text is readable without the style sheet too. */
final class ReportPage {
  /** More domains than this are hidden until the reader opens their host or their list. */
  private static final int MANY = 40;

  private static final int SHOWN_PROBLEMS = 20;

  /** The length of a text that is shown without a click. */
  private static final int LONG_NAME = 60;

  private static final int LONG_CELL = 48;

  private static final int LONG_MESSAGE = 1_000;

  private static final int SWATCH = 12;
  private static final int ROW_BARS = 240;
  private static final int HOST_BARS = 720;

  /** The fields of the tables; a field that no domain has is left out. */
  private static final List<EntryField> COLUMNS =
      List.of(
          EntryField.SNAPSHOT,
          EntryField.BEFORE,
          EntryField.AFTER,
          EntryField.GUEST,
          EntryField.CLOCK,
          EntryField.CORRECTIONS,
          EntryField.DOUBTS,
          EntryField.SAFETY_SNAPSHOT,
          EntryField.LEFT_SAFETY_SNAPSHOTS);

  private final FleetReport report;
  private final RunTimes times;
  private final TimelineBars rowBars;
  private final TimelineBars hostBars;
  private final Map<EntryGroup, List<FleetEntry>> groups;
  private final ImmutableListMultimap<String, FleetEntry> hosts;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<EntryField> columns;
  private final Markup page = new Markup("<!DOCTYPE html>\n");

  ReportPage(FleetReport report, RunTimes times) {
    this.report = report;
    this.times = times;
    this.rowBars = new TimelineBars(times, ROW_BARS);
    this.hostBars = new TimelineBars(times, HOST_BARS);
    this.groups =
        report.entries().stream().collect(groupingBy(EntryGroup::of, TreeMap::new, toList()));
    this.hosts = Multimaps.index(report.entries(), FleetEntry::uri);
    hosts.keySet().forEach(uri -> numbers.put(uri, numbers.size()));
    this.columns = COLUMNS.stream().filter(this::isUsed).toList();
    write();
  }

  private boolean isUsed(EntryField field) {
    return report.entries().stream().anyMatch(entry -> field.of(entry).isPresent());
  }

  private void write() {
    page.open("html").with("lang", "en").newLine();
    writeHead();
    page.open("body").newLine();
    writeSummary();
    page.open("main").newLine();
    groups.forEach(this::writeProblems);
    writeHosts();
    page.close().close().newLine().close().newLine();
  }

  private void writeHead() {
    page.open("head")
        .open("meta")
        .with("charset", "utf-8")
        .closeEmpty()
        .open("meta")
        .with("http-equiv", "Content-Security-Policy")
        .with("content", ReportStyle.POLICY)
        .closeEmpty()
        .open("meta")
        .with("name", "viewport")
        .with("content", "width=device-width, initial-scale=1")
        .closeEmpty()
        .open("meta")
        .with("name", "color-scheme")
        .with("content", "light dark")
        .closeEmpty()
        .newLine()
        .element("title", FleetReport.totalsText(report.entries()))
        .style(ReportStyle.CSS)
        .close()
        .newLine();
  }

  private void writeSummary() {
    page.open("header")
        .element("h1", FleetReport.totalsText(report.entries()))
        .open("p")
        .with("class", "note")
        .text("On " + LogEscaper.count(hosts.keySet().size(), "host") + ". ")
        .text("Started at " + times.begun().truncatedTo(ChronoUnit.SECONDS) + ", ")
        .text("ended after " + TimelineBars.words(times.elapsed()) + ".");
    report
        .resumeSpread()
        .ifPresent(
            spread ->
                page.text(" All guests were resumed within " + TimelineBars.words(spread) + "."));
    page.close().open("table").open("tbody");
    groups.forEach(this::writeTotal);
    page.close().close().open("p").open("a").with("href", "#hosts").text("All domains by host");
    page.close().close().close().newLine();
  }

  private void writeTotal(EntryGroup group, List<FleetEntry> entries) {
    page.open("tr")
        .open("td")
        .open("svg")
        .with("aria-hidden", "true")
        .with("width", SWATCH)
        .with("height", SWATCH)
        .open("rect")
        .with("width", SWATCH)
        .with("height", SWATCH)
        .with("fill", group.color())
        .closeEmpty()
        .close()
        .text(" ");
    if (group == EntryGroup.REVERTED) {
      page.text(group.heading());
    } else {
      page.open("a").with("href", "#" + group).text(group.heading()).close();
    }
    page.close()
        .open("td")
        .with("class", "number")
        .text(String.valueOf(entries.size()))
        .close()
        .close()
        .newLine();
  }

  private void writeProblems(EntryGroup group, List<FleetEntry> entries) {
    if (group == EntryGroup.REVERTED) {
      return;
    }
    page.open("section")
        .open("h2")
        .with("id", group)
        .text(group.heading() + ": " + LogEscaper.count(entries.size(), "domain"))
        .close()
        .element("p", group.advice())
        .newLine();
    List<ReportProblem> problems = ReportProblem.of(entries);
    int shown = Math.min(SHOWN_PROBLEMS, problems.size());
    problems.subList(0, shown).forEach(this::writeProblem);
    if (shown < problems.size()) {
      page.open("details").element("summary", problems.size() - shown + " more");
      problems.subList(shown, problems.size()).forEach(this::writeProblem);
      page.close();
    }
    page.close().newLine();
  }

  private void writeProblem(ReportProblem problem) {
    List<FleetEntry> entries = problem.entries();
    page.open("article").open("h3").text(FleetReport.words(problem.cause().outcome()) + ": ");
    if (entries.size() == 1) {
      writeShort(name(entries.get(0)));
      page.text(" on ");
      writeLink(entries.get(0).uri());
    } else {
      page.text(LogEscaper.count(entries.size(), "domain"));
    }
    page.close().open("div").with("class", "message");
    writeFolded(problem.cause().message(), LONG_MESSAGE);
    page.close();
    writeFields(problem.cause().fields());
    if (entries.size() > 1) {
      writeNames(entries);
    }
    page.close().newLine();
  }

  private void writeLink(String uri) {
    page.open("a").with("href", "#" + id(uri));
    writeShort(uri(uri));
    page.close();
  }

  private void writeFields(Map<EntryField, String> fields) {
    if (!fields.isEmpty()) {
      page.open("dl");
      fields.forEach(
          (field, text) -> {
            page.element("dt", field.heading()).open("dd");
            writeFolded(text, LONG_MESSAGE);
            page.close();
          });
      page.close();
    }
  }

  /** Writes the names of the domains with the same problem, by host. */
  private void writeNames(List<FleetEntry> entries) {
    boolean isHidden = entries.size() > MANY;
    if (isHidden) {
      page.open("details").element("summary", "the domains");
    }
    page.open("ul");
    Multimaps.index(entries, FleetEntry::uri)
        .asMap()
        .forEach(
            (uri, ofHost) -> {
              page.open("li");
              writeLink(uri);
              String separator = ": ";
              for (FleetEntry entry : ofHost) {
                page.text(separator);
                writeShort(name(entry));
                separator = ", ";
              }
              page.close();
            });
    page.close();
    if (isHidden) {
      page.close();
    }
  }

  private void writeHosts() {
    page.open("section")
        .open("h2")
        .with("id", "hosts")
        .text("All domains by host")
        .close()
        .open("p")
        .with("class", "note")
        .text("Each bar is a domain, from the start of the run to its end after ")
        .text(TimelineBars.words(times.elapsed()) + ".")
        .close()
        .newLine();
    hosts.asMap().forEach((uri, entries) -> writeHost(uri, List.copyOf(entries)));
    page.close().newLine();
  }

  private void writeHost(String uri, List<FleetEntry> entries) {
    page.open("details").with("class", "host").with("id", id(uri));
    if (report.entries().size() <= MANY) {
      page.with("open", "open");
    }
    page.open("summary").open("strong");
    writeShort(uri(uri));
    page.close().text(" " + FleetReport.totalsText(entries) + " ");
    hostBars.draw(page, entries);
    page.close().newLine();
    writeTable(entries);
    page.close().newLine();
  }

  private void writeTable(List<FleetEntry> entries) {
    page.open("div")
        .with("class", "scroll")
        .with("role", "region")
        .with("tabindex", 0)
        .with("aria-label", "domains of this host")
        .open("table")
        .open("thead")
        .open("tr");
    Stream.concat(Stream.of("Domain", "Outcome", "Time"), columns.stream().map(EntryField::heading))
        .forEach(heading -> page.open("th").with("scope", "col").text(heading).close());
    page.close().close().open("tbody").newLine();
    entries.forEach(this::writeRow);
    page.close().close().close();
  }

  private void writeRow(FleetEntry entry) {
    page.open("tr").open("th").with("scope", "row");
    writeFolded(name(entry), LONG_NAME);
    page.close().element("td", FleetReport.words(entry.outcome())).open("td").with("class", "time");
    rowBars
        .words(entry)
        .ifPresent(
            words -> {
              rowBars.draw(page, List.of(entry));
              page.text(" " + words);
            });
    page.close();
    for (EntryField column : columns) {
      page.open("td");
      writeFolded(column.of(entry).orElse(""), LONG_CELL);
      page.close();
    }
    page.close().newLine();
  }

  private static String name(FleetEntry entry) {
    return entry.domain().map(LogEscaper::escape).orElse("(domains not listed)");
  }

  private static String uri(String uri) {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri));
  }

  private String id(String uri) {
    return "host-" + numbers.get(uri);
  }

  /** Writes a text from outside, or its beginning if it is long. */
  private void writeShort(String text) {
    page.element("bdi", LogEscaper.truncate(text, LONG_NAME, "…"));
  }

  /** Writes a text from outside; a long one is complete when the reader opens it. */
  private void writeFolded(String text, int longest) {
    if (text.length() <= longest) {
      page.element("bdi", text);
    } else {
      page.open("details")
          .open("summary")
          .element("bdi", LogEscaper.truncate(text, longest, "…"))
          .close()
          .element("bdi", text)
          .close();
    }
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
