package io.github.libvirtsnapshot.junit;

/** The time when a domain is reverted. */
public enum RevertBefore {
  /** Before each test, each invocation of a parameterized test, and each test factory. */
  EACH_TEST,

  /**
   * Before the first test of the class. The tests of the class and of its nested classes share it.
   */
  EACH_CLASS,

  /** Before the first class that declares it. All classes that declare it share it. */
  SUITE
}
