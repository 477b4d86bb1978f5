package io.github.libvirtsnapshot.integration;

import com.google.common.base.Splitter;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Sets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** The elements that a RELAX NG schema allows, without their order and number. */
final class RngSchema {
  private final ListMultimap<String, Element> definitions = ArrayListMultimap.create();
  private final Set<Path> files = new HashSet<>();

  private RngSchema() {}

  /** Reads a schema and the files that it includes. */
  static RngSchema read(Path file) throws Exception {
    RngSchema schema = new RngSchema();
    schema.add(file);
    return schema;
  }

  private void add(Path file) throws Exception {
    if (!files.add(file)) {
      return;
    }
    Element grammar =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getDocumentElement();
    for (Element child : children(grammar)) {
      if (child.getTagName().equals("define")) {
        definitions.put(child.getAttribute("name"), child);
      } else if (child.getTagName().equals("include")) {
        add(file.resolveSibling(child.getAttribute("href")));
      }
    }
  }

  /**
   * Returns the names of the elements that the schema allows within an element.
   *
   * @param definition the name of the definition that contains the first element
   * @param path the names of the nested elements, from the outermost one
   */
  Set<String> elementsWithin(String definition, String... path) {
    List<Element> owners = ImmutableList.copyOf(definitions.get(definition));
    for (String name : path) {
      owners =
          owners.stream()
              .flatMap(owner -> elementsIn(owner, ImmutableSet.of()))
              .filter(element -> name(element).equals(name))
              .toList();
    }
    return owners.stream()
        .flatMap(owner -> elementsIn(owner, ImmutableSet.of()))
        .map(RngSchema::name)
        .collect(Collectors.toSet());
  }

  /** Returns the elements directly within a pattern, with those of the referenced definitions. */
  private Stream<Element> elementsIn(Element pattern, Set<String> above) {
    return children(pattern).stream()
        .flatMap(
            child ->
                switch (child.getTagName()) {
                  case "element" -> Stream.of(child);
                  case "attribute" -> Stream.empty();
                  case "ref" -> elementsOf(child.getAttribute("name"), above);
                  default -> elementsIn(child, above);
                });
  }

  private Stream<Element> elementsOf(String definition, Set<String> above) {
    Set<String> inside = Sets.union(above, ImmutableSet.of(definition)).immutableCopy();
    return above.contains(definition)
        ? Stream.empty()
        : definitions.get(definition).stream().flatMap(each -> elementsIn(each, inside));
  }

  /** libvirt's namespaces end in the prefix and a version: {@code .../domain/qemu/1.0}. */
  private static String name(Element element) {
    String name = element.getAttribute("name");
    List<String> namespace = Splitter.on('/').splitToList(element.getAttribute("ns"));
    return namespace.size() < 2 ? name : namespace.get(namespace.size() - 2) + ":" + name;
  }

  private static List<Element> children(Element parent) {
    ImmutableList.Builder<Element> children = ImmutableList.builder();
    for (Node next = parent.getFirstChild(); next != null; next = next.getNextSibling()) {
      if (next instanceof Element element) {
        children.add(element);
      }
    }
    return children.build();
  }
}
