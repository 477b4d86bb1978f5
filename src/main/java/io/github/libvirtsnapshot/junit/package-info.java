/**
 * {@link io.github.libvirtsnapshot.junit.RevertedDomain} reverts a domain before each test, for
 * JUnit Jupiter 5.13 or newer, or 6. JUnit is an optional dependency; the rest of the library works
 * without it.
 */
@NullMarked
package io.github.libvirtsnapshot.junit;

import org.jspecify.annotations.NullMarked;
