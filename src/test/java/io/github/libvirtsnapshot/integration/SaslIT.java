package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Throwables;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectAuth;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A libvirtd that requires a user name and a password, over TCP on the loopback interface. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SaslIT {
  private static final String PASSWORD = "correct-hörse";

  private PrivateLibvirtd libvirtd;
  private String uri;

  @BeforeAll
  void start() throws Exception {
    libvirtd = new PrivateLibvirtd();
    Path sasl = Files.createDirectory(libvirtd.directory().resolve("sasl"));
    Path users = sasl.resolve("users.db");
    Files.writeString(
        sasl.resolve("libvirt.conf"), "mech_list: digest-md5\nsasldb_path: " + users + "\n");
    addUser(users);
    Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rw-r--r--"));
    int port = PrivateLibvirtd.freePort();
    Path config = libvirtd.directory().resolve("libvirtd.conf");
    Files.writeString(
        config,
        """
        listen_tls = 0
        listen_tcp = 1
        listen_addr = "127.0.0.1"
        tcp_port = "%d"
        auth_tcp = "sasl"
        """
            .formatted(port));
    libvirtd.start(
        Map.of("SASL_CONF_PATH", sasl.toString()), "--listen", "--config", config.toString());
    uri = "test+tcp://127.0.0.1:" + port + "/default";
  }

  private static void addUser(Path users) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "/usr/sbin/saslpasswd2",
                "-p",
                "-c",
                "-a",
                "libvirt",
                "-f",
                users.toString(),
                "fred")
            .start();
    process.getOutputStream().write(PASSWORD.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    assertEquals(0, process.waitFor());
  }

  @AfterAll
  void stop() throws IOException {
    libvirtd.close();
  }

  private Connect open(String password) throws LibvirtException {
    return new Connect(uri, ConnectAuth.of(() -> "fred", password::toCharArray));
  }

  @Test
  void correctPasswordConnects() throws LibvirtException {
    try (Connect connect = open(PASSWORD);
        Domain domain = connect.domainLookupByName("test")) {
      assertEquals(DomainState.RUNNING, domain.getState().state());
    }
  }

  @Test
  void wrongPasswordIsRefusedAndNotShown() {
    try (LogRecorder log = LogRecorder.ofEverything()) {
      LibvirtException refused = assertThrows(LibvirtException.class, () -> open("wr0ng"));

      assertEquals(ErrorNumber.VIR_ERR_AUTH_FAILED, refused.getError().getCode());
      assertTrue(refused.getMessage().contains("authentication failed"), refused.getMessage());
      String all = Throwables.getStackTraceAsString(refused) + refused.getError() + log.lines();
      assertFalse(all.contains("wr0ng"), all);
      assertFalse(all.contains(PASSWORD), all);
    }
  }

  @Test
  void missingCredentialsAreRefusedWithAdvice() {
    LibvirtException refused = assertThrows(LibvirtException.class, () -> new Connect(uri).close());
    assertTrue(
        refused.getMessage().endsWith("; credentials can be given with ConnectAuth"),
        refused.getMessage());

    assertEquals(ErrorNumber.VIR_ERR_AUTH_FAILED, refused.getError().getCode());
  }

  @Test
  void exceptionOfCredentialCallbackIsSuppressedInFailure() {
    IllegalStateException thrown = new IllegalStateException("the vault is sealed");
    ConnectAuth auth =
        ConnectAuth.of(
            () -> "fred",
            () -> {
              throw thrown;
            });

    LibvirtException refused =
        assertThrows(LibvirtException.class, () -> new Connect(uri, auth).close());

    assertSame(thrown, refused.getSuppressed()[0]);
  }
}
