package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.fleet.RunTimes.Span;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Markup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Draws when the work on each domain was in progress, as bars on one axis from the start of the run
 * to its end. The table of the page has the same times as text, so assistive technology skips the
 * bars.
 */
final class TimelineBars {
  private static final double NARROWEST = 2;

  /** The height of a bar and the gap below it. More lanes than fit are drawn as thinner ones. */
  private static final double LANE = 10;

  private static final double HIGHEST = 100;
  private static final double FILLED = 0.8;

  private static final int LONGEST_NAME = 60;

  private static final double NANOS_PER_SECOND = 1e9;

  private final RunTimes times;
  private final int width;

  /**
   * Creates the bars of a run.
   *
   * @param width the width of the axis, in pixels
   */
  TimelineBars(RunTimes times, int width) {
    this.times = times;
    this.width = width;
  }

  private record Bar(FleetEntry entry, Span span, int lane) {}

  /** Draws the bars of some domains; those of the same time are below each other. */
  void draw(Markup page, List<FleetEntry> entries) {
    List<Bar> bars = bars(entries);
    int lanes = 1 + bars.stream().mapToInt(Bar::lane).max().orElse(0);
    double lane = Math.min(LANE, HIGHEST / lanes);
    page.open("svg")
        .with("aria-hidden", "true")
        .with("width", width)
        .with("height", decimal(lane * lanes))
        .with("viewBox", "0 0 " + width + " " + decimal(lane * lanes))
        .with("preserveAspectRatio", "none");
    bars.forEach(bar -> draw(page, bar, lane));
    page.close();
  }

  private List<Bar> bars(List<FleetEntry> entries) {
    List<FleetEntry> byStart =
        entries.stream()
            .filter(entry -> times.of(entry).isPresent())
            .sorted(Comparator.comparing(entry -> times.of(entry).orElseThrow().from()))
            .toList();
    List<Duration> ends = new ArrayList<>();
    List<Bar> bars = new ArrayList<>();
    for (FleetEntry entry : byStart) {
      Span span = times.of(entry).orElseThrow();
      int lane = 0;
      while (lane < ends.size() && ends.get(lane).compareTo(span.from()) > 0) {
        lane++;
      }
      if (lane == ends.size()) {
        ends.add(span.to());
      }
      ends.set(lane, span.to());
      bars.add(new Bar(entry, span, lane));
    }
    return bars;
  }

  private void draw(Markup page, Bar bar, double lane) {
    double left = position(bar.span().from());
    double length = Math.max(NARROWEST, position(bar.span().to()) - left);
    page.open("rect")
        .with("x", decimal(Math.min(left, width - length)))
        .with("y", decimal(bar.lane() * lane))
        .with("width", decimal(length))
        .with("height", decimal(lane * FILLED))
        .with("fill", EntryGroup.of(bar.entry()).color())
        .element("title", title(bar))
        .close();
  }

  private static String title(Bar bar) {
    String domain = LogEscaper.escape(bar.entry().domain().orElseThrow());
    return LogEscaper.truncate(domain, LONGEST_NAME, "…")
        + ": "
        + FleetReport.words(bar.entry().outcome())
        + ", "
        + words(bar.span());
  }

  private double position(Duration time) {
    return width * seconds(time) / Math.max(1 / NANOS_PER_SECOND, seconds(times.elapsed()));
  }

  /** Returns when the work on a domain was in progress, as in {@code 0.4–1.6 s}. */
  Optional<String> words(FleetEntry entry) {
    return times.of(entry).map(TimelineBars::words);
  }

  private static String words(Span span) {
    return decimal(seconds(span.from())) + "–" + words(span.to());
  }

  /** Returns a time in seconds, as in {@code 1.6 s}. */
  static String words(Duration time) {
    return decimal(seconds(time)) + " s";
  }

  private static double seconds(Duration time) {
    return time.getSeconds() + time.getNano() / NANOS_PER_SECOND;
  }

  /** Returns a number with one decimal, the same in each locale. */
  private static String decimal(double number) {
    return String.format(Locale.ROOT, "%.1f", number);
  }
}
