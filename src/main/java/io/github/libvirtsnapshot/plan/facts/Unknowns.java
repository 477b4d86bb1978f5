package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.ArrayList;
import java.util.List;

/** The queries that libvirt did not answer. */
final class Unknowns {
  private final List<String> all = new ArrayList<>();

  /** A query that libvirt may refuse, or answer with XML that cannot be read. */
  interface Question<T> {
    T ask() throws LibvirtException;
  }

  /**
   * Returns the answer to a query, or records the query as an unknown.
   *
   * @param what the text of the unknown
   * @param otherwise the result if there is no answer
   * @throws ConnectionLostException if the connection was lost, so that no further query can
   *     succeed
   */
  <T> T ask(String what, T otherwise, Question<T> question) throws ConnectionLostException {
    try {
      return question.ask();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      add(what + ": " + e.getMessage());
      return otherwise;
    }
  }

  /** Adds an unknown, on one line. */
  void add(String what) {
    all.add(what);
  }

  /** Returns the unknowns in the order of the queries. */
  List<String> all() {
    return List.copyOf(all);
  }
}
