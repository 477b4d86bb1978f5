package io.github.libvirtsnapshot.libvirtjava;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.lang.reflect.Constructor;
import java.util.function.Supplier;

/**
 * Converts objects of libvirt-java, the official binding, to this library's and back, on the same
 * connection:
 *
 * <pre>{@code
 * SnapshotReverter.of(LibvirtJava.domain(theirDomain)).to("clean").running().force().revert();
 * }</pre>
 *
 * <p>Each new object takes a native reference of its own, so either side may be closed, freed or
 * collected first, in any order. What is handed over has to stay open until the method returns.
 *
 * <p>Works with libvirt-java 0.5.1, 0.5.2, 0.5.3 and 0.5.4. Where it is missing, or is not as
 * expected, each method throws an {@link IllegalStateException} that says so.
 */
public final class LibvirtJava {
  private LibvirtJava() {}

  /**
   * Converts libvirt-java's connection to this library's.
   *
   * @return a new handle, the caller's to close; theirs stays open
   * @throws IllegalStateException if theirs is closed
   */
  public static Connect connect(org.libvirt.Connect theirs) throws LibvirtException {
    return connects().use(checkNotNull(theirs, "theirs is null"), Connect::fromNative);
  }

  /**
   * Converts libvirt-java's domain to this library's.
   *
   * @return a new handle, the caller's to close; theirs stays open
   * @throws IllegalStateException if theirs is freed
   */
  public static Domain domain(org.libvirt.Domain theirs) throws LibvirtException {
    return domains().use(checkNotNull(theirs, "theirs is null"), Domain::fromNative);
  }

  /**
   * Converts libvirt-java's snapshot to this library's.
   *
   * @return a new handle, the caller's to close; theirs stays open
   * @throws IllegalStateException if theirs is freed
   */
  public static DomainSnapshot snapshot(org.libvirt.DomainSnapshot theirs) throws LibvirtException {
    return snapshots().use(checkNotNull(theirs, "theirs is null"), DomainSnapshot::fromNative);
  }

  /**
   * Converts this library's connection to libvirt-java's; the caller has to close it, and the
   * original stays open.
   */
  public static org.libvirt.Connect toLibvirtJava(Connect ours) throws LibvirtException {
    LibvirtJavaReflection<org.libvirt.Connect> connects = connects();
    return connects.create(ours.toNative());
  }

  /**
   * Converts this library's domain to libvirt-java's; the caller has to free it, and the original
   * stays open.
   */
  public static org.libvirt.Domain toLibvirtJava(Domain ours) throws LibvirtException {
    LibvirtJavaReflection<org.libvirt.Domain> domains = domains();
    try (Connect connect = ours.getConnect()) {
      return domains.create(toLibvirtJava(connect), ours.toNative());
    }
  }

  /**
   * Converts this library's snapshot to libvirt-java's; the caller has to free it, and the original
   * stays open.
   */
  public static org.libvirt.DomainSnapshot toLibvirtJava(DomainSnapshot ours)
      throws LibvirtException {
    LibvirtJavaReflection<org.libvirt.DomainSnapshot> snapshots = snapshots();
    try (Domain domain = ours.getDomain();
        Connect connect = domain.getConnect()) {
      return snapshots.create(toLibvirtJava(connect), ours.toNative());
    }
  }

  /**
   * Converts this library's exception to libvirt-java's, for callers whose {@code catch} clauses
   * expect that. It has the original as its cause, and the same message. Its error is what
   * libvirt-java would have made of it: a code that libvirt-java does not know becomes the last one
   * that it knows.
   */
  public static org.libvirt.LibvirtException toLibvirtJava(LibvirtException ours) {
    return known(() -> exception(ours));
  }

  private static org.libvirt.LibvirtException exception(LibvirtException ours) {
    LibvirtError error = ours.getError();
    org.libvirt.jna.virError structure = new org.libvirt.jna.virError();
    structure.code = error.getRawCode();
    structure.domain = error.getRawDomain();
    structure.level = error.getRawLevel();
    structure.message = ours.getMessage();
    structure.str1 = error.getStr1();
    structure.str2 = error.getStr2();
    structure.str3 = error.getStr3();
    structure.int1 = error.getInt1();
    structure.int2 = error.getInt2();
    try {
      Constructor<org.libvirt.LibvirtException> constructor =
          org.libvirt.LibvirtException.class.getDeclaredConstructor(org.libvirt.Error.class);
      constructor.setAccessible(true);
      org.libvirt.LibvirtException theirs =
          constructor.newInstance(new org.libvirt.Error(structure));
      theirs.initCause(ours);
      return theirs;
    } catch (ReflectiveOperationException e) {
      throw LibvirtJavaVersion.unsupported(e);
    }
  }

  private static LibvirtJavaReflection<org.libvirt.Connect> connects() {
    return known(
        () ->
            new LibvirtJavaReflection<>(
                org.libvirt.Connect.class, org.libvirt.jna.ConnectionPointer.class));
  }

  private static LibvirtJavaReflection<org.libvirt.Domain> domains() {
    return known(
        () ->
            new LibvirtJavaReflection<>(
                org.libvirt.Domain.class, org.libvirt.jna.DomainPointer.class));
  }

  private static LibvirtJavaReflection<org.libvirt.DomainSnapshot> snapshots() {
    return known(
        () ->
            new LibvirtJavaReflection<>(
                org.libvirt.DomainSnapshot.class, org.libvirt.jna.DomainSnapshotPointer.class));
  }

  private static <T> T known(Supplier<T> use) {
    try {
      return use.get();
    } catch (NoClassDefFoundError e) {
      throw LibvirtJavaVersion.missing(e);
    }
  }
}
