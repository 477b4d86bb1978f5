package io.github.libvirtsnapshot.revert;

/** The last check before libvirt is asked: a revert can be called off until it has passed. */
interface RevertGate {
  /** A gate that is never closed. */
  RevertGate OPEN =
      new RevertGate() {
        @Override
        public boolean isOpen() {
          return true;
        }

        @Override
        public boolean pass() {
          return true;
        }
      };

  /** Returns whether the revert was not called off. */
  boolean isOpen();

  /** Passes, after which it can't be called off any more; returns false if it was. */
  boolean pass();
}
