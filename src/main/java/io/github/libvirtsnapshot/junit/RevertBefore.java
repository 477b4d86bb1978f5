package io.github.libvirtsnapshot.junit;

/** When a domain is reverted. */
public enum RevertBefore {
  /** Before each test, each invocation of a parameterized test, and each test factory. */
  EACH_TEST,

  /** Before the first test of the class; the classes nested in it share what it became. */
  EACH_CLASS,

  /** Before the first class that needs it; all that need it share what it became. */
  SUITE
}
