/**
 * Which image files a domain and its snapshots are in, and which of them lie beneath which.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.images;
