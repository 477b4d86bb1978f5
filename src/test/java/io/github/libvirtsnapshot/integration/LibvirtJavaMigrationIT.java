package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.io.Resources;
import io.github.libvirtsnapshot.Connect;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler.CompilationTask;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program for libvirt-java compiles and works with this library after a change of its imports.
 */
class LibvirtJavaMigrationIT {
  private static final String PROGRAM = "WrittenForLibvirtJava";

  private static String program() throws Exception {
    return Resources.toString(
        Resources.getResource(Connect.class, PROGRAM + ".java"), StandardCharsets.UTF_8);
  }

  private static void compile(String source, Path classes) {
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + PROGRAM + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    StringWriter errors = new StringWriter();
    CompilationTask task =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                errors,
                null,
                null,
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                null,
                List.of(file));
    assertEquals(true, task.call(), errors::toString);
  }

  @Test
  void programCompilesWithLibvirtJava(@TempDir Path classes) throws Exception {
    compile(program(), classes);
  }

  @Test
  void programWorksWithImportsOfThisLibrary(@TempDir Path classes) throws Exception {
    compile(program().replace("import org.libvirt.", "import io.github.libvirtsnapshot."), classes);

    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Class<?> program = loader.loadClass(PROGRAM);
      var open = program.getDeclaredMethod("open", String.class, boolean.class, boolean.class);
      var cleanUp = program.getDeclaredMethod("cleanUp", Connect.class, String.class, String.class);
      open.setAccessible(true);
      cleanUp.setAccessible(true);
      for (boolean login : new boolean[] {false, true}) {
        ((Connect) open.invoke(null, "test:///default", true, login)).close();
        Connect connect = (Connect) open.invoke(null, "test:///default", false, login);
        assertEquals(
            "VIR_DOMAIN_RUNNING", cleanUp.invoke(null, connect, "test", "migrated-" + login));
      }
    }
  }
}
