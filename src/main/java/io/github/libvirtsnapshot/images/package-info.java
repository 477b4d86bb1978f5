/**
 * The image files of a domain and its snapshots, and their backing images.
 *
 * <p>Internal to the library.
 */
@NullMarked
package io.github.libvirtsnapshot.images;

import org.jspecify.annotations.NullMarked;
