package io.github.libvirtsnapshot.plan;

import java.util.List;

/** The text of a plan: a title, and indented lines and lists below it. */
final class PlanText {
  private final StringBuilder text;

  PlanText(String title) {
    text = new StringBuilder(title);
  }

  void line(String label, String value) {
    text.append("\n  ").append(label).append(": ").append(value);
  }

  /** Adds a list, unless it is empty. */
  void list(String label, List<?> items) {
    if (!items.isEmpty()) {
      text.append("\n  ").append(label).append(':');
      items.forEach(item -> text.append("\n    - ").append(item));
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
