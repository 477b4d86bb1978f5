import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests {@link RevertSpans} with libvirt's test driver. */
class RevertSpansIT {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exporter)).build();
  private final Tracer tracer = provider.get("libvirt-snapshot");
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws LibvirtException {
    connect = new Connect("test:///default");
    domain = connect.domainLookupByName("test");
    domain.snapshotCreateXML("<domainsnapshot><name>clean-install</name></domainsnapshot>").close();
  }

  @AfterEach
  void stop() throws LibvirtException {
    domain.close();
    connect.close();
    provider.close();
  }

  private List<String> names() {
    return exporter.getFinishedSpanItems().stream().map(SpanData::getName).toList();
  }

  @Test
  void eachStepIsASpanWithinTheRevert() throws LibvirtException {
    GuestProbe ready = GuestProbe.of("ready", guest -> true);
    // Before 8.0, the test driver leaves the domain paused.
    SnapshotReverter reverter =
        SnapshotReverter.of(domain)
            .to("clean-install")
            .enforcingState()
            .withSafetySnapshot()
            .awaitingGuest(ready, Duration.ofSeconds(10));

    reverter.listener(new RevertSpans(tracer)).revert();

    List<SpanData> spans = exporter.getFinishedSpanItems();
    assertEquals(
        List.of("plan", "safety snapshot", "preparation", "revert", "guest", "libvirt revert"),
        names());
    SpanData whole = spans.get(spans.size() - 1);
    assertTrue(
        spans.stream()
            .filter(span -> span != whole)
            .allMatch(span -> span.getParentSpanId().equals(whole.getSpanId())));
    assertTrue(spans.stream().allMatch(SpanData::hasEnded));
  }

  @Test
  void failure_isTheStatusOfItsStepAndOfTheRevert() {
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean-install").resetNvram();

    assertThrows(RevertException.class, reverter.listener(new RevertSpans(tracer))::revert);

    assertEquals(List.of("preparation", "revert", "libvirt revert"), names());
    for (SpanData span : exporter.getFinishedSpanItems().subList(1, 3)) {
      assertEquals(StatusCode.ERROR, span.getStatus().getStatusCode());
      assertEquals("FAILED", span.getStatus().getDescription());
    }
  }
}
