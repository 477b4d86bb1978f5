package command;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The manual page of a command, in the language of man(7): the same text as its help. */
final class ManualPage {
  private final CommandSpec command;
  private final List<String> lines = new ArrayList<>();

  private ManualPage(CommandSpec command) {
    this.command = command;
  }

  static String of(CommandSpec command) {
    ManualPage page = new ManualPage(command);
    page.addAll();
    return String.join("\n", page.lines) + "\n";
  }

  private void addAll() {
    UsageMessageSpec usage = command.usageMessage();
    String name = command.qualifiedName("-");
    lines.add(".TH \"" + name + "\" 1 \"\" \"" + command.version()[0] + "\" \"\"");
    addHeading("name");
    lines.add(escape(name) + " \\- " + escape(usage.header()[0]));
    addHeading("synopsis");
    addCode(Arrays.stream(usage.customSynopsis()).map(String::strip).toList());
    addHeading("description");
    addText(usage.description());
    if (!command.subcommands().isEmpty()) {
      addHeading("commands");
      command.subcommands().values().stream()
          .map(CommandLine::getCommandSpec)
          .forEach(sub -> addItem(sub.name(), sub.usageMessage().header()[0]));
    }
    addHeading("options");
    command.positionalParameters().forEach(this::add);
    command.options().stream()
        .sorted(Comparator.comparingInt(OptionSpec::order))
        .forEach(this::add);
    if (!usage.exitCodeList().isEmpty()) {
      addHeading("exit status");
      usage.exitCodeList().forEach(this::addItem);
    }
    addText(usage.footer());
  }

  private void add(PositionalParamSpec parameter) {
    addItem(parameter.paramLabel(), parameter.description()[0]);
  }

  private void add(OptionSpec option) {
    String argument = option.arity().max() == 0 ? "" : " " + option.paramLabel();
    addItem(option.longestName() + argument, option.description()[0]);
  }

  private void addHeading(String title) {
    lines.add(".SH " + escape(title.toUpperCase(Locale.ROOT)));
  }

  private void addItem(String term, String text) {
    lines.add(".TP");
    lines.add("\\fB" + escape(term) + "\\fR");
    lines.add(escape(text));
  }

  /** Adds paragraphs; a short line that ends with a colon is a heading, an indented one is code. */
  private void addText(String... paragraphs) {
    for (String paragraph : paragraphs) {
      if (paragraph.startsWith("  ")) {
        addCode(List.of(paragraph.strip()));
      } else if (paragraph.matches("\\w+:")) {
        addHeading(paragraph.replace(":", ""));
      } else if (!paragraph.isEmpty()) {
        lines.add(".PP");
        lines.add(escape(paragraph));
      }
    }
  }

  private void addCode(List<String> code) {
    lines.add(".nf");
    lines.add(code.stream().map(ManualPage::escape).collect(joining("\n")));
    lines.add(".fi");
  }

  /** Escapes text; a line that begins with a dot or an apostrophe would be a request. */
  private static String escape(String text) {
    String escaped =
        text.replace("%n", " ")
            .replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("\"", "\\(dq");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }
}
