package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.flags.RevertFlag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the texts of flags and states. */
class FormattingTest {
  @ParameterizedTest
  @CsvSource({
    "0, none",
    "1, RUNNING",
    "6, PAUSED|FORCE",
    "15, RUNNING|PAUSED|FORCE|RESET_NVRAM",
    "99, RUNNING|PAUSED|0x60",
    "16, 0x10",
    "-1, RUNNING|PAUSED|FORCE|RESET_NVRAM|0xfffffff0",
  })
  void formatsFlagsByName(int flags, String words) {
    assertEquals(words, RevertFlag.describe(flags));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4, running (from snapshot)",
    "3, 14, paused (api error)",
    "5, 8, shut off (daemon)",
    "6, 1, crashed (panicked)",
    "2, 0, idle (unknown)",
    "3, 99, paused (reason 99)",
    "42, 1, state 42 (reason 1)",
    "-1, -1, state -1 (reason -1)",
  })
  void formatsStatesInVirshsWords(int state, int reason, String words) {
    StateAndReason both = StateAndReason.of(state, reason);

    assertEquals(words, both.toString());
    assertEquals(state, both.rawState());
    assertEquals(reason, both.rawReason());
  }
}
