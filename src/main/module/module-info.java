/**
 * Reverts libvirt domains to snapshots, and reports what happened to each domain.
 *
 * <p>libvirt-java is optional, and so are JSpecify's annotations. JUnit, which the package {@code
 * junit} needs, is not required here: Surefire would move JUnit to the module path, where no test
 * of a module that requires this one could read JUnit.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.github.libvirtsnapshot {
  requires com.google.common;
  requires transitive com.sun.jna;
  requires java.xml;
  requires jdk.jfr;
  requires static libvirt;
  requires static org.jspecify;

  exports io.github.libvirtsnapshot;
  exports io.github.libvirtsnapshot.archive;
  exports io.github.libvirtsnapshot.creation;
  exports io.github.libvirtsnapshot.errors;
  exports io.github.libvirtsnapshot.flags;
  exports io.github.libvirtsnapshot.fleet;
  exports io.github.libvirtsnapshot.guest;
  exports io.github.libvirtsnapshot.jna;
  exports io.github.libvirtsnapshot.junit;
  exports io.github.libvirtsnapshot.libvirtjava;
  exports io.github.libvirtsnapshot.plan;
  exports io.github.libvirtsnapshot.pool;
  exports io.github.libvirtsnapshot.revert;
  exports io.github.libvirtsnapshot.snapshots;
  exports io.github.libvirtsnapshot.testing;
}
