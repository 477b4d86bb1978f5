package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answers of a host to the queries about its resources. Each query is made once, also if two
 * guests require the same resource.
 */
final class HostAnswers {
  /** The errors of a lookup, with the error of a start for the same reason. */
  private static final ImmutableMap<ErrorNumber, ErrorNumber> GONE =
      ImmutableMap.of(
          ErrorNumber.VIR_ERR_NO_NETWORK, ErrorNumber.VIR_ERR_NO_NETWORK,
          ErrorNumber.VIR_ERR_NO_STORAGE_POOL, ErrorNumber.VIR_ERR_NO_STORAGE_POOL,
          ErrorNumber.VIR_ERR_NO_STORAGE_VOL, ErrorNumber.VIR_ERR_NO_STORAGE_VOL,
          ErrorNumber.VIR_ERR_NO_NODE_DEVICE, ErrorNumber.VIR_ERR_SYSTEM_ERROR);

  private final Map<String, Optional<MissingResource>> answers = new HashMap<>();
  private final Unknowns unknowns = new Unknowns();

  /** A query about a resource, and how the start fails without the resource. */
  interface Question {
    Optional<MissingResource> ask() throws LibvirtException;
  }

  /** Returns the queries that libvirt did not answer. */
  Unknowns unknowns() {
    return unknowns;
  }

  /**
   * Returns the answer to a query that may have been made before.
   *
   * @param what the text of the unknown if libvirt does not answer
   * @param key differs for different queries
   */
  Optional<MissingResource> ask(String what, String key, Question question)
      throws ConnectionLostException {
    Optional<MissingResource> known = answers.get(key);
    if (known == null) {
      known = unknowns.ask(what, Optional.empty(), () -> orGone(question));
      answers.put(key, known);
    }
    return known;
  }

  private static Optional<MissingResource> orGone(Question question) throws LibvirtException {
    try {
      return question.ask();
    } catch (LibvirtException e) {
      ErrorNumber start = GONE.get(e.getError().getCode());
      if (start == null) {
        throw e;
      }
      return Optional.of(new MissingResource(start, e.getMessage()));
    }
  }
}
