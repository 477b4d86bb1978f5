package durable;

/**
 * The result of one domain.
 *
 * @param guest the domain
 * @param outcome the name of a {@link io.github.libvirtsnapshot.revert.RevertOutcome}
 * @param details a description of the result
 */
public record Result(Guest guest, String outcome, String details) {
  /** Returns one line, without the secrets of the URI. */
  @Override
  public String toString() {
    return SafeText.message(guest + ": " + outcome + ": " + details);
  }
}
