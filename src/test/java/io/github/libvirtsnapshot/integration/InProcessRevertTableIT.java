package io.github.libvirtsnapshot.integration;

/** The revert table on the test driver in this process. */
class InProcessRevertTableIT extends TestDriverRevertTable {
  @Override
  String uri() {
    return "test:///default";
  }
}
