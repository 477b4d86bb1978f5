package io.github.libvirtsnapshot.javadoc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DocumentationTool.Location;
import javax.tools.StandardJavaFileManager;
import jdk.javadoc.doclet.DocletEnvironment;
import jdk.javadoc.doclet.StandardDoclet;

/**
 * The standard doclet, except that the accessors of records have the descriptions of their
 * components. The standard doclet writes for each of them that it returns the value of the
 * component.
 */
public final class RecordDoclet extends StandardDoclet {
  private static final Pattern COMPONENT =
      Pattern.compile(
          "<code><span id=\"(param-\\w+)\">\\w+</span></code> - (.*?)</dd>", Pattern.DOTALL);

  /** Groups: what begins a sentence, the link to the component, what ends a sentence. */
  private static final Pattern ACCESSOR =
      Pattern.compile(
          "(Returns )?the value of the <a href=\"([^\"]*#param-\\w+)\"><code>\\w+</code></a>"
              + "\\s+record\\s+component(\\.)?");

  private static final Pattern SENTENCE_END = Pattern.compile("[.;]\\s.*", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("</?a\\b[^>]*>");

  /** Public for the javadoc tool. */
  public RecordDoclet() {}

  @Override
  public String getName() {
    return "Record";
  }

  @Override
  public boolean run(DocletEnvironment environment) {
    if (!super.run(environment)) {
      return false;
    }
    StandardJavaFileManager files = (StandardJavaFileManager) environment.getJavaFileManager();
    try {
      for (Path root : files.getLocationAsPaths(Location.DOCUMENTATION_OUTPUT)) {
        describeAccessors(root);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return true;
  }

  /**
   * Describes the accessors in all pages of a folder.
   *
   * @throws IllegalStateException if a component has no description
   */
  static void describeAccessors(Path root) throws IOException {
    Map<URI, String> pages = new HashMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".html")).toList()) {
        pages.put(file.toUri(), Files.readString(file));
      }
    }
    Map<URI, String> descriptions = descriptions(pages);
    for (Map.Entry<URI, String> page : pages.entrySet()) {
      String described = describeAccessors(page.getKey(), page.getValue(), descriptions);
      if (!described.equals(page.getValue())) {
        Files.writeString(Path.of(page.getKey()), described);
      }
    }
  }

  /** Returns the descriptions of all components, each with the address of its component. */
  private static Map<URI, String> descriptions(Map<URI, String> pages) {
    Map<URI, String> descriptions = new HashMap<>();
    pages.forEach(
        (address, html) ->
            COMPONENT
                .matcher(html)
                .results()
                .forEach(
                    component ->
                        descriptions.put(
                            address.resolve("#" + component.group(1)), component.group(2))));
    return descriptions;
  }

  private static String describeAccessors(URI address, String html, Map<URI, String> descriptions) {
    return ACCESSOR
        .matcher(html)
        .replaceAll(
            accessor -> {
              URI component = address.resolve(accessor.group(2));
              String description = descriptions.get(component);
              if (description == null) {
                throw new IllegalStateException(component + " has no description");
              }
              return Matcher.quoteReplacement(sentence(accessor, description));
            });
  }

  /** A sentence, or the text of a tag. Links are relative to the page of the record. */
  private static String sentence(MatchResult accessor, String description) {
    if (accessor.group(1) == null) {
      return description;
    }
    String first = SENTENCE_END.matcher(description).replaceFirst("");
    return "Returns " + LINK.matcher(first).replaceAll("") + ".";
  }
}
