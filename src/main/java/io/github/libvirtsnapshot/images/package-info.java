/**
 * The image files of a domain and its snapshots, and their backing images.
 *
 * <p>Internal to the library.
 */
package io.github.libvirtsnapshot.images;
