package io.github.libvirtsnapshot.integration;

/** The table on the test driver inside this process. */
class InProcessTableIT extends TestDriverTable {
  @Override
  String uri() {
    return "test:///default";
  }
}
