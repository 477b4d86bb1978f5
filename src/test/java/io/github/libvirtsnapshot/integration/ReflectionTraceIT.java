package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares the metadata for GraalVM's native-image in the jar with the reflection of {@link
 * ReflectionTrace} on a JVM. The trace does not contain what JNA's C code finds.
 */
class ReflectionTraceIT {
  private static final String METADATA =
      "META-INF/native-image/io.github.libvirtsnapshot/libvirt-snapshot/reachability-metadata.json";

  private static final String HOST =
      """
      <node>
        <domain type="test">
          <name>web01</name><memory>8192</memory><vcpu>1</vcpu><os><type>hvm</type></os>
        </domain>
        <auth><user password="secret">lab</user></auth>
      </node>
      """;

  @Test
  void metadataContainsReflectionOfProgram(@TempDir Path directory) throws Exception {
    List<String> trace = trace(directory);
    List<JsonObject> entries = entries();

    assertEquals(
        List.of(),
        trace.stream().filter(used -> !isContained(used, entries)).toList(),
        () -> String.join("\n", trace));
    for (String used :
        List.of(
            "proxy io.github.libvirtsnapshot.jna.LibvirtLibrary",
            "proxy com.sun.jna.Callback,java.util.function.IntBinaryOperator",
            "io.github.libvirtsnapshot.jna.LibvirtLibrary$VirConnectAuthCallback callback",
            "io.github.libvirtsnapshot.jna.DomainPointer <init>",
            "io.github.libvirtsnapshot.jna.DirectMappedLibvirt members",
            "io.github.libvirtsnapshot.revert.RevertEvent members")) {
      assertTrue(trace.contains(used), () -> used + "\n" + String.join("\n", trace));
    }
  }

  private static List<String> trace(Path directory) throws Exception {
    Path host = Files.writeString(directory.resolve("host.xml"), HOST);
    Path agent =
        Path.of(ByteBuddyAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    JavaProgram.Result result =
        JavaProgram.run(
            List.of(
                "-javaagent:" + agent,
                "-cp",
                System.getProperty("java.class.path"),
                ReflectionTrace.class.getName(),
                "test://" + host));
    assertEquals(0, result.status(), result.err());
    return result.out().lines().toList();
  }

  private static List<JsonObject> entries() throws Exception {
    try (JarFile jar = new JarFile(System.getProperty("plain.jar"))) {
      String text =
          new String(
              jar.getInputStream(jar.getEntry(METADATA)).readAllBytes(), StandardCharsets.UTF_8);
      return elements(JsonParser.parseString(text).getAsJsonObject().get("reflection"))
          .map(JsonElement::getAsJsonObject)
          .toList();
    }
  }

  private static Stream<JsonElement> elements(JsonElement array) {
    return StreamSupport.stream(array.getAsJsonArray().spliterator(), false);
  }

  private static boolean isContained(String used, List<JsonObject> entries) {
    return entries.stream().anyMatch(entry -> contains(entry, used));
  }

  private static boolean contains(JsonObject entry, String used) {
    if (entry.get("type").isJsonObject()) {
      String interfaces =
          String.join(
              ",",
              elements(entry.getAsJsonObject("type").get("proxy"))
                  .map(JsonElement::getAsString)
                  .toList());
      return used.equals("proxy " + interfaces);
    }
    String type = entry.get("type").getAsString();
    if (used.equals(type + " members")) {
      return true;
    }
    return used.startsWith(type + " ")
        && (entry.has("allPublicMethods")
            || entry.has("allDeclaredMethods")
            || (entry.has("methods")
                && elements(entry.get("methods"))
                    .map(method -> type + " " + method.getAsJsonObject().get("name").getAsString())
                    .anyMatch(used::equals)));
  }
}
