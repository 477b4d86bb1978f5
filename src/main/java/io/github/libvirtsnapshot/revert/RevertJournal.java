package io.github.libvirtsnapshot.revert;

/**
 * A write-ahead journal of reverts: what is written to it before a revert starts lets another
 * process find out what a revert did whose own process died.
 *
 * @see SnapshotReverter#withJournal
 */
@FunctionalInterface
public interface RevertJournal {
  /**
   * Stores the {@linkplain RevertIntent#toText text} of an intent, and returns when it is durable.
   *
   * @throws Exception if the text may not have been stored: the revert is not started then
   */
  void write(RevertIntent intent) throws Exception;
}
