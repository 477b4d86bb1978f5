package durable;

/**
 * What became of a domain.
 *
 * @param guest the domain
 * @param outcome the name of a {@link io.github.libvirtsnapshot.revert.RevertOutcome}
 * @param words the rest of it
 */
public record Result(Guest guest, String outcome, String words) {
  /** Returns one line, without the secrets of the URI. */
  @Override
  public String toString() {
    return SafeText.message(guest + ": " + outcome + ": " + words);
  }
}
