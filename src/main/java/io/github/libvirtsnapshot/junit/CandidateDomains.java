package io.github.libvirtsnapshot.junit;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.hash.Hashing;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * The domains that a declaration names.
 *
 * @param names the names of the domains, by the URI of their host
 * @param any whether any of the domains will do
 */
record CandidateDomains(ImmutableSetMultimap<String, String> names, boolean any) {
  static CandidateDomains one(String uri, String name) {
    checkNotNull(uri, "uri is null");
    checkNotNull(name, "name is null");
    return new CandidateDomains(ImmutableSetMultimap.of(uri, name), false);
  }

  static CandidateDomains anyOf(String uri, String... names) {
    return new CandidateDomains(ImmutableSetMultimap.of(), true).or(uri, names);
  }

  /** JUnit could run no test if this failed: {@link DomainDeclarations} checks annotations. */
  static CandidateDomains of(RevertedDomain annotation) {
    String[] names = annotation.domain();
    return new CandidateDomains(
        ImmutableSetMultimap.<String, String>builder().putAll(annotation.uri(), names).build(),
        names.length != 1);
  }

  /** Returns these domains and others; any of them will do. */
  CandidateDomains or(String uri, String... more) {
    checkNotNull(uri, "uri is null");
    String host = LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri));
    checkArgument(more.length > 0, "no domain of %s is named: name at least one", host);
    ImmutableSetMultimap.Builder<String, String> all = ImmutableSetMultimap.builder();
    all.putAll(names);
    for (String name : more) {
      all.put(uri, checkNotNull(name, "a name is null"));
    }
    CandidateDomains domains = new CandidateDomains(all.build(), true);
    checkArgument(
        domains.identities().size() == names.size() + more.length,
        "a domain of %s is named twice: name each domain once",
        host);
    return domains;
  }

  /** Returns the URI of the only domain. */
  String uri() {
    return names.keySet().asList().get(0);
  }

  /** Returns the name of the only domain. */
  String name() {
    return names.values().asList().get(0);
  }

  /** Returns for each domain a text that is equal for all URIs of its host. */
  Set<String> identities() {
    return texts((uri, name) -> DomainLock.host(uri) + " " + name);
  }

  boolean overlaps(CandidateDomains other) {
    return !Collections.disjoint(identities(), other.identities());
  }

  /**
   * Returns a text that is unique for each set of URIs and names. The hash distinguishes URIs that
   * differ only in their secrets.
   */
  String key() {
    String exact = String.join("\n", texts((uri, name) -> uri + " " + name));
    return describe() + " " + Hashing.sha256().hashString(exact, StandardCharsets.UTF_8);
  }

  /** Returns the names and the URIs for a message, escaped and without secrets. */
  String describe() {
    Set<String> texts =
        texts(
            (uri, name) ->
                "domain "
                    + LogEscaper.quote(name)
                    + " at "
                    + LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    return (any ? "any of " : "") + String.join(", ", texts);
  }

  /** Returns a text for each domain, in an order that does not depend on the declaration. */
  private Set<String> texts(BiFunction<String, String, String> text) {
    return names.entries().stream()
        .map((Map.Entry<String, String> domain) -> text.apply(domain.getKey(), domain.getValue()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
