/**
 * What the library needs and is about neither libvirt nor domains: text for logs, the serialized
 * form of records, the hand-over of work to other threads. Uses no other package of the library.
 */
package io.github.libvirtsnapshot.internal;
