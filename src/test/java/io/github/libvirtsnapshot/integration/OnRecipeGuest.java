package io.github.libvirtsnapshot.integration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A new {@link RecipeGuest} for each test, on a libvirtd that the tests of a class share. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("qemu")
abstract class OnRecipeGuest {
  PrivateLibvirtd libvirtd;
  RecipeGuest guest;

  @BeforeAll
  void startLibvirtd() throws Exception {
    libvirtd = PrivateLibvirtd.started();
  }

  @AfterAll
  void stopLibvirtd() throws Exception {
    libvirtd.close();
  }

  @BeforeEach
  void define() throws Exception {
    guest = RecipeGuest.defined(libvirtd);
  }

  @AfterEach
  void remove() throws Exception {
    guest.close();
  }

  /** Replaces the guest by one with a raw disk. */
  void useRawDisk() throws Exception {
    guest.close();
    guest = RecipeGuest.withRawDisk(libvirtd);
  }
}
