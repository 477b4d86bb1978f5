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

/** What a RELAX NG schema allows: the elements, without their order and number, and values. */
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
    return at(definition, List.of(path)).stream()
        .flatMap(owner -> within(owner, "element"))
        .map(RngSchema::name)
        .collect(Collectors.toSet());
  }

  /**
   * Returns the values that the schema allows for an attribute.
   *
   * @param definition the name of the definition that contains the first element
   * @param path the names of the nested elements, from the outermost one, and of the attribute
   */
  Set<String> valuesOf(String definition, String path) {
    List<String> names = Splitter.on('/').splitToList(path);
    int elements = names.size() - 1;
    return at(definition, names.subList(0, elements)).stream()
        .flatMap(owner -> within(owner, "attribute"))
        .filter(attribute -> name(attribute).equals(names.get(elements)))
        .flatMap(attribute -> within(attribute, "value"))
        .map(Element::getTextContent)
        .collect(Collectors.toSet());
  }

  private List<Element> at(String definition, List<String> path) {
    List<Element> owners = ImmutableList.copyOf(definitions.get(definition));
    for (String name : path) {
      owners =
          owners.stream()
              .flatMap(owner -> within(owner, "element"))
              .filter(element -> name(element).equals(name))
              .toList();
    }
    return owners;
  }

  /**
   * Returns the elements, the attributes or the values directly within a pattern, with those of the
   * referenced definitions.
   */
  private Stream<Element> within(Element pattern, String kind) {
    return within(pattern, kind, ImmutableSet.of());
  }

  private Stream<Element> within(Element pattern, String kind, Set<String> above) {
    return children(pattern).stream()
        .flatMap(
            child ->
                switch (child.getTagName()) {
                  case "element", "attribute", "value" ->
                      Stream.of(child).filter(each -> each.getTagName().equals(kind));
                  case "ref" -> ofDefinition(child.getAttribute("name"), kind, above);
                  default -> within(child, kind, above);
                });
  }

  private Stream<Element> ofDefinition(String definition, String kind, Set<String> above) {
    Set<String> inside = Sets.union(above, ImmutableSet.of(definition)).immutableCopy();
    return above.contains(definition)
        ? Stream.empty()
        : definitions.get(definition).stream().flatMap(each -> within(each, kind, inside));
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
