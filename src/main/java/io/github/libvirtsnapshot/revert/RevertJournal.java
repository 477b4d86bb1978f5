package io.github.libvirtsnapshot.revert;

/**
 * Stores each revert before the revert starts (a write-ahead journal), so that another process can
 * resolve the outcome after a crash.
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
