package io.github.libvirtsnapshot.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolCreationTest {
  @ParameterizedTest
  @CsvSource({
    "IN_FOLDERS_OF_POOLS, 7000000, NEVER",
    "IN_FOLDERS_OF_POOLS, 7999999, NEVER",
    "IN_FOLDERS_OF_POOLS, 8000000, IN_FOLDERS_OF_POOLS",
    "IN_ALL_FOLDERS, 7000000, IN_ALL_FOLDERS",
    "NEVER, 9000000, NEVER",
  })
  void oldLibvirt_getsNoPoolUnlessRequested(
      PoolCreation setting, long version, PoolCreation expected) {
    assertEquals(expected, setting.onLibvirt(version));
  }
}
