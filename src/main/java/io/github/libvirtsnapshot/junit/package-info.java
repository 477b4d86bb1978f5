/**
 * Tests with a machine that is what its snapshot is: {@link
 * io.github.libvirtsnapshot.junit.RevertedDomain} says which, for JUnit Jupiter 5.13 or newer, or
 * 6. JUnit is an optional dependency; the rest of the library works without it.
 */
package io.github.libvirtsnapshot.junit;
