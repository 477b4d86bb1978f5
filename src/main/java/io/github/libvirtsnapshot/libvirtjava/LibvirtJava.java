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
 * Converts connections, domains and snapshots between libvirt-java, the official binding, and this
 * library, on the same native connection:
 *
 * <pre>{@code
 * try (Domain ours = LibvirtJava.domain(theirDomain)) {
 *   SnapshotReverter.of(ours).to("clean-install").running().force().revert();
 * }
 * }</pre>
 *
 * <p>Each new object has its own native reference, so the objects may be closed, freed or garbage
 * collected in any order. The argument has to stay open until the method returns.
 *
 * <p>This class works with libvirt-java 0.5.1, 0.5.2, 0.5.3 and 0.5.4. If libvirt-java is missing
 * or does not have the expected classes, each method throws an {@link IllegalStateException} with a
 * message that says so.
 */
public final class LibvirtJava {
  private LibvirtJava() {}

  /**
   * Converts libvirt-java's connection to this library's.
   *
   * @return a new handle, which the caller has to close; the argument stays open
   * @throws IllegalStateException if the argument is closed
   */
  public static Connect connect(org.libvirt.Connect theirs) throws LibvirtException {
    return connects().use(checkNotNull(theirs, "theirs is null"), Connect::fromNative);
  }

  /**
   * Converts libvirt-java's domain to this library's.
   *
   * @return a new handle, which the caller has to close; the argument stays open
   * @throws IllegalStateException if the argument is freed
   */
  public static Domain domain(org.libvirt.Domain theirs) throws LibvirtException {
    return domains().use(checkNotNull(theirs, "theirs is null"), Domain::fromNative);
  }

  /**
   * Converts libvirt-java's snapshot to this library's.
   *
   * @return a new handle, which the caller has to close; the argument stays open
   * @throws IllegalStateException if the argument is freed
   */
  public static DomainSnapshot snapshot(org.libvirt.DomainSnapshot theirs) throws LibvirtException {
    return snapshots().use(checkNotNull(theirs, "theirs is null"), DomainSnapshot::fromNative);
  }

  /**
   * Converts this library's connection to libvirt-java's. The caller has to close the result; the
   * argument stays open.
   */
  public static org.libvirt.Connect toLibvirtJava(Connect ours) throws LibvirtException {
    LibvirtJavaReflection<org.libvirt.Connect> connects = connects();
    return connects.create(ours.toNative());
  }

  /**
   * Converts this library's domain to libvirt-java's. The caller has to free the result; the
   * argument stays open.
   */
  public static org.libvirt.Domain toLibvirtJava(Domain ours) throws LibvirtException {
    LibvirtJavaReflection<org.libvirt.Domain> domains = domains();
    try (Connect connect = ours.getConnect()) {
      return domains.create(toLibvirtJava(connect), ours.toNative());
    }
  }

  /**
   * Converts this library's snapshot to libvirt-java's. The caller has to free the result; the
   * argument stays open.
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
   * expect that. The result has the same message, and the argument as its cause. Its error has the
   * values that libvirt-java would give it: libvirt-java replaces a code that it does not know with
   * the last code that it knows.
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
      LibvirtJava.class.getModule().addReads(moduleOfLibvirtJava());
      return use.get();
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      throw LibvirtJavaVersion.missing(e);
    }
  }

  /** Returns the unnamed module if libvirt-java is on the class path. */
  private static Module moduleOfLibvirtJava() throws ClassNotFoundException {
    return Class.forName("org.libvirt.Connect", false, LibvirtJava.class.getClassLoader())
        .getModule();
  }
}
