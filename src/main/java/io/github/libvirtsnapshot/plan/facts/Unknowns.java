package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.ArrayList;
import java.util.List;

/** What could not be found out: the questions that libvirt did not answer. */
final class Unknowns {
  private final List<String> all = new ArrayList<>();

  /** A question that libvirt may refuse, or answer with XML that can't be read. */
  interface Question<T> {
    T ask() throws LibvirtException;
  }

  /**
   * Asks.
   *
   * @param what is not known without an answer
   * @param otherwise returned if there is no answer
   * @throws ConnectionLostException if the connection was lost: then nothing can be known
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

  /** Adds what is not known, on one line. */
  void add(String what) {
    all.add(what);
  }

  /** Returns them in the order in which they were asked. */
  List<String> all() {
    return List.copyOf(all);
  }
}
