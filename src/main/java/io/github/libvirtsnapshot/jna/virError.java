package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/**
 * {@code virError}: an error as libvirt reports it, under the name that libvirt gives it. The
 * strings are copied when the structure is read; the memory remains libvirt's.
 */
@FieldOrder({
  "code", "domain", "message", "level", "conn", "dom", "str1", "str2", "str3", "int1", "int2", "net"
})
public final class virError extends Structure {
  /** A {@code virErrorNumber}. */
  public int code;

  /** A {@code virErrorDomain}: the part of libvirt that failed. */
  public int domain;

  /** The message. */
  public String message;

  /** A {@code virErrorLevel}. */
  public int level;

  /** Not to be used any more, says libvirt. */
  public Pointer conn;

  /** Not to be used any more, says libvirt. */
  public Pointer dom;

  /** Extra information whose meaning depends on the code. */
  public String str1;

  /** Extra information whose meaning depends on the code. */
  public String str2;

  /** Extra information whose meaning depends on the code. */
  public String str3;

  /** An extra number whose meaning depends on the code. */
  public int int1;

  /** An extra number whose meaning depends on the code. */
  public int int2;

  /** Not to be used any more, says libvirt. */
  public Pointer net;

  /** For JNA, and for tests with a mocked libvirt. */
  public virError() {
    setStringEncoding(LibvirtLibrary.ENCODING);
  }
}
