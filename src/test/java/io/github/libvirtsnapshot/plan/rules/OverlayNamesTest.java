package io.github.libvirtsnapshot.plan.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverlayNamesTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_795_612_157, 300_000_000);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/web01.qcow2",
        "/web01",
        "/web01.1795612156",
        "/web01.1795612160",
        "/web01.-1",
        "/web01.9223372036854775807",
      })
  void imageNotNamedAfterPresentSecond_isIgnored(String image) {
    assertEquals(Optional.empty(), OverlayNames.free(Set.of(image), NOW));
  }

  @Test
  void imageNamedAfterPresentSecond_isFreeInTheNextSecond() {
    assertEquals(
        Optional.of(Instant.ofEpochSecond(1_795_612_158)),
        OverlayNames.free(Set.of("/web01.1795612157", "/web01.1795612100", "/x.qcow2"), NOW));
  }
}
