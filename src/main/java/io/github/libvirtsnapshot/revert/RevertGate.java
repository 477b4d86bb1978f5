package io.github.libvirtsnapshot.revert;

/** The last check before libvirt is called: a revert can be cancelled until it passes the gate. */
interface RevertGate {
  /** A gate that is always open. */
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

        @Override
        public String whyClosed() {
          throw new IllegalStateException("the gate is open");
        }
      };

  /** Returns whether the revert was not cancelled. */
  boolean isOpen();

  /** Passes the gate, unless the revert was cancelled; then it can't be cancelled any more. */
  boolean pass();

  /** Returns why the revert was cancelled, as a message. */
  String whyClosed();
}
