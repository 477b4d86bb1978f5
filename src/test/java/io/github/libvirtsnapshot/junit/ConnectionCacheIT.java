package io.github.libvirtsnapshot.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.plan.facts.OverlayTurns;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The connections of the JUnit extension to several hosts, one of which hangs. */
@Timeout(300)
class ConnectionCacheIT {
  private static final String DRIVER = "test+unix:///default";

  private static TestDomain domainOf(PrivateLibvirtd libvirtd) {
    return TestDomain.of(libvirtd.uri(DRIVER), "test");
  }

  private static String nameOf(ConnectionCache connections, TestDomain declared) {
    try (Domain domain = connections.find(declared.domains())) {
      return domain.getName();
    } catch (LibvirtException e) {
      throw new CompletionException(e);
    }
  }

  @Test
  void hangingHostDelaysNoTestOfAnotherHostAndIsGivenUp() throws Exception {
    try (PrivateLibvirtd hanging = PrivateLibvirtd.started();
        PrivateLibvirtd other = PrivateLibvirtd.started();
        ConnectionCache connections = new ConnectionCache(Duration.ofSeconds(3))) {
      assertEquals("test", nameOf(connections, domainOf(hanging)));
      hanging.signal("STOP");
      ExecutorService threads = Executors.newCachedThreadPool();
      try {
        CompletableFuture<String> stuck =
            CompletableFuture.supplyAsync(() -> nameOf(connections, domainOf(hanging)), threads);
        TimeUnit.SECONDS.sleep(1);
        CompletableFuture<String> found =
            CompletableFuture.supplyAsync(() -> nameOf(connections, domainOf(other)), threads);

        assertEquals("test", found.get(10, TimeUnit.SECONDS));
        assertFalse(stuck.isDone());
        CompletionException givenUp = assertThrows(CompletionException.class, stuck::join);
        assertInstanceOf(LibvirtException.class, givenUp.getCause());
      } finally {
        hanging.signal("CONT");
        threads.shutdown();
      }
      assertEquals("test", nameOf(connections, domainOf(hanging)));
    }
  }

  /** libvirt can let two domains continue in one overlay that are reverted in one second. */
  @Test
  void domainsOfOneHostTakeTurnsAtOverlaysOfOneName() throws Exception {
    try (PrivateLibvirtd host = PrivateLibvirtd.started();
        PrivateLibvirtd other = PrivateLibvirtd.started();
        Connect connect = new Connect(host.uri(DRIVER));
        ConnectionCache connections = new ConnectionCache(Duration.ofSeconds(30))) {
      connect
          .domainDefineXML(
              connect
                  .domainLookupByName("test")
                  .getXMLDesc()
                  .replaceAll("<name>.*?</name>|<uuid>.*?</uuid>", "")
                  .replaceFirst(">", "><name>second</name>"))
          .close();
      OverlayTurns first = turnsOf(connections, domainOf(host));
      assertSame(first, turnsOf(connections, TestDomain.of(host.uri(DRIVER), "second")));
      assertNotSame(first, turnsOf(connections, domainOf(other)));
    }
  }

  private static OverlayTurns turnsOf(ConnectionCache connections, TestDomain declared)
      throws LibvirtException {
    try (Domain domain = connections.find(declared.domains())) {
      return HostInventory.of(domain).overlayTurns();
    }
  }
}
