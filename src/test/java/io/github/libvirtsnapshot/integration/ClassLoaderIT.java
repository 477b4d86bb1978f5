package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.base.Splitter;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The library in class loaders that are created and dropped, as in an application server. */
class ClassLoaderIT {
  /** Returns the jar of the class path whose file name begins with the given text. */
  private static String jar(String prefix) {
    return Splitter.on(File.pathSeparator)
        .splitToStream(System.getProperty("java.class.path"))
        .filter(entry -> new File(entry).getName().startsWith(prefix))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void classLoaderIsCollectedAfterRevert() throws Exception {
    assertCollected(RevertInClassLoader.class, "test:///default");
  }

  /** The connection has an event loop, keepalive and a close callback. */
  @Test
  void classLoaderIsCollectedAfterConnectionIsClosed() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started()) {
      assertCollected(ConnectInClassLoader.class, libvirtd.uri("test+unix:///default"));
    }
  }

  /** The JVM clears soft references early here; normally it does so only when memory is short. */
  private static void assertCollected(Class<?> task, String uri) throws Exception {
    String tests = System.getProperty("test.classes");
    JavaProgram.Result result =
        JavaProgram.run(
            List.of(
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-Dlibvirt.uri=" + uri,
                "-cp",
                tests,
                ClassLoaderProbe.class.getName(),
                task.getName(),
                jar("jna-"),
                System.getProperty("plain.jar"),
                tests,
                jar("guava-"),
                jar("failureaccess-")));

    assertEquals("collected\nthe other class loader works\n", result.out(), result.err());
  }
}
