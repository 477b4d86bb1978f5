/**
 * Declares libvirt's C functions, which the other packages call through JNA: {@link
 * io.github.libvirtsnapshot.jna.LibvirtLibrary}. The other types are the pointer types and the
 * structures of these functions. A program needs the package only for a libvirt of its own, in a
 * test.
 *
 * <pre>{@code
 * LibvirtLibrary library = NativeLibvirt.shared();
 * ConnectPointer connection = library.virConnectOpen("test:///default");
 * DomainPointer pointer = library.virDomainLookupByName(connection, "test");
 * try {
 *   System.out.println(library.virDomainGetName(pointer));
 * } finally {
 *   library.virDomainFree(pointer);
 *   library.virConnectClose(connection);
 * }
 * }</pre>
 *
 * <p>The methods return what the functions return, and do not check it. The package uses no other
 * package of the library.
 */
@NullMarked
package io.github.libvirtsnapshot.jna;

import org.jspecify.annotations.NullMarked;
