package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The library in class loaders that come and go, as in an application server. */
class ClassLoaderIT {
  /** Returns the jar of the class path whose name begins so. */
  private static String jar(String name) {
    return Splitter.on(File.pathSeparator)
        .splitToStream(System.getProperty("java.class.path"))
        .filter(entry -> new File(entry).getName().startsWith(name))
        .findFirst()
        .orElseThrow();
  }

  /** A soft reference would be collected as well, but only when memory is short. */
  @Test
  void aClassLoaderThatHasUsedItIsCollected() throws Exception {
    assertCollected(RevertInClassLoader.class, "test:///default");
  }

  /** With an event loop, keepalive and a close callback. */
  @Test
  void aClassLoaderThatWasConnectedIsCollected() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started()) {
      assertCollected(ConnectInClassLoader.class, libvirtd.uri("test+unix:///default"));
    }
  }

  private static void assertCollected(Class<?> user, String uri) throws Exception {
    String tests = System.getProperty("test.classes");
    JavaProgram.Result result =
        JavaProgram.run(
            List.of(
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-Dlibvirt.uri=" + uri,
                "-cp",
                tests,
                ClassLoaderProbe.class.getName(),
                user.getName(),
                jar("jna-"),
                System.getProperty("plain.jar"),
                tests,
                jar("guava-"),
                jar("failureaccess-")));

    assertEquals("collected\nthe other one works\n", result.out(), result.err());
  }
}
