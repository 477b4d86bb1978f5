package io.github.libvirtsnapshot.snapshots.descriptions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetySnapshotNoteTest {
  private static final String HASH = "0123456789abcdef";

  @ParameterizedTest
  @ValueSource(strings = {HASH, HASH + " unread " + HASH})
  void backingImages_areThoseOfTheText(String hashes) {
    assertEquals(
        Optional.of(hashes),
        SafetySnapshotNote.backingImages(
            Optional.of(SafetySnapshotNote.text("clean install", Optional.of(hashes)))));
  }

  @Test
  void backingImages_textOfAnotherOrOlderSnapshot_areUnknown() {
    assertEquals(Optional.empty(), SafetySnapshotNote.backingImages(Optional.empty()));
    for (String description :
        new String[] {
          "",
          "Safety snapshot, taken before reverting to clean",
          "before Safety snapshot (backing images " + HASH + "), taken before reverting to clean",
          "Safety snapshot (backing images), taken before reverting to clean",
          SafetySnapshotNote.text(
              "Safety snapshot (backing images " + HASH + "), ", Optional.empty())
        }) {
      assertEquals(
          Optional.empty(),
          SafetySnapshotNote.backingImages(Optional.of(description)),
          description);
    }
  }
}
