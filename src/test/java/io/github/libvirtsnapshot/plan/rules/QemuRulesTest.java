package io.github.libvirtsnapshot.plan.rules;

import static io.github.libvirtsnapshot.plan.facts.Scene.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Blockers;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.HostRequirements;
import io.github.libvirtsnapshot.plan.facts.Scene;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules that depend on more than the domain and the snapshot alone. */
class QemuRulesTest {
  private static final long V9 = 9_000_000;
  private static final long V11 = 11_003_000;
  private static final long V12 = 12_008_000;
  private static final String I = disk("vda", "/i.qcow2");
  private static final String INTERNAL = "<disk name='vda' snapshot='internal'/>";

  private static Optional<Refusal> refusal(Scene scene, String target) {
    return DriverRules.of("QEMU").predict(scene.revertingTo(target)).refusal();
  }

  private static void assertFails(ErrorNumber code, Scene scene, String target) {
    Refusal refusal = refusal(scene, target).orElseThrow();
    assertEquals(code, refusal.code());
    assertTrue(refusal.guestStopped());
  }

  private static void assertGoesWell(Scene scene, String target) {
    assertEquals(Optional.empty(), refusal(scene, target));
  }

  private static Scene withMemory() {
    return new Scene().snapshot("s1", "running", INTERNAL, "<devices>" + I + "</devices>").disks(I);
  }

  @Test
  void aDiskThatIsNotInAFile() {
    String network = "<disk type='network'><source name='x'/><target dev='vdb'/></disk>";
    Refusal refusal =
        refusal(new Scene().external("e1", "/o", I, network).disks(I), "e1").orElseThrow();
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, refusal.code());
    assertFalse(refusal.guestStopped());
    assertGoesWell(new Scene().internal("s1", I, network).disks(I), "s1");
  }

  @Test
  void aCheckpointInAnImageThatIsRewritten() {
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        withMemory().checkpointIn("/i.qcow2").onLibvirt(V9),
        "s1");
    assertFails(
        ErrorNumber.VIR_ERR_OPERATION_FAILED,
        withMemory().checkpointIn("/i.qcow2").onLibvirt(V11),
        "s1");
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        new Scene().internal("s1", I).disks(I).checkpointIn("/i.qcow2").onLibvirt(V12),
        "s1");
    assertGoesWell(withMemory().checkpointIn("/other"), "s1");
    assertGoesWell(new Scene().external("e1", "/o", I).disks(I).checkpointIn("/i.qcow2"), "e1");
  }

  @Test
  void anImageThatAnotherGuestHasOpen() {
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, withMemory().other("o", true, I), "s1");
    assertGoesWell(withMemory().other("o", false, I), "s1");
    assertGoesWell(withMemory().other("o", true, disk("vda", "/x")), "s1");
  }

  @Test
  void theDisksOfARunningGuest() {
    String modes = "<disk name='vda' snapshot='external'><source file='/o'/></disk>";
    Scene scene =
        new Scene()
            .snapshot("e1", "disk-snapshot", modes, "<devices>" + I + "</devices>")
            .disks(disk("vda", "/o"));
    Refusal refusal = refusal(scene.onLibvirt(10_000_000), "e1").orElseThrow();
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, refusal.code());
    assertFalse(refusal.guestStopped());
    assertGoesWell(scene.onLibvirt(V11), "e1");
  }

  @Test
  void anImageThatCanNotBeOpened() {
    Scene scene = withMemory().unreadable("/i.qcow2", "Failed to open file '/i.qcow2'");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, scene.onLibvirt(V9), "s1");
    assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, scene.onLibvirt(10_000_000), "s1");
    assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, scene.onLibvirt(V11), "s1");
    Scene withoutMemory = new Scene().internal("s1", I).disks(I).unreadable("/i.qcow2", "no");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, withoutMemory.onLibvirt(V11), "s1");
  }

  @Test
  void aPortThatAnotherGuestListensOn() {
    HostRequirements needs = new HostRequirements(Optional.empty(), Set.of("5901"), List.of());
    Scene scene = withMemory().needing(needs).listening("5901", "web02");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, scene, "s1");
    assertGoesWell(withMemory().listening("5901", "web02"), "s1");
    assertGoesWell(withMemory().needing(needs).listening("5902", "web02"), "s1");
  }

  @Test
  void imagesThatDifferInTheirExtensionOnly() {
    String medium = disk("hdc", "/i.iso").replace("'disk'", "'cdrom'");
    assertFails(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        new Scene().external("e1", "/o", I, medium).disks(I),
        "e1");
    assertGoesWell(
        new Scene().external("e1", "/o", I, medium.replace("/i.iso", "/j.iso")).disks(I), "e1");
    assertFails(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        new Scene().external("e1", "/o", I, medium.replace("/i.iso", "/i")).disks(I),
        "e1");
    assertGoesWell(new Scene().internal("s1", I, medium).disks(I), "s1");
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2, raw,   9, 11003000, true",
    "qcow2, raw,   8, 11003000, false",
    "qcow2, raw,   1, 11003000, false",
    "qcow2, raw,   1, 12008000, true",
    "qcow2, raw,   9, 9000000,  false",
    "qcow2, qcow2, 9, 12008000, false",
    "raw,   raw,   9, 12008000, false",
  })
  void anNvramInAnotherFormatThanItsTemplate(
      String format, String template, int flags, long version, boolean fails) {
    Scene scene =
        new Scene()
            .snapshot(
                "s1",
                "shutoff",
                INTERNAL,
                "<os><nvram format='" + format + "' templateFormat='" + template + "'/></os>")
            .flags(flags)
            .onLibvirt(version);
    if (fails) {
      assertFails(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, scene, "s1");
    } else {
      assertGoesWell(scene, "s1");
    }
  }

  @Test
  void noCurrentSnapshot() {
    assertFails(
        ErrorNumber.VIR_ERR_SYSTEM_ERROR,
        new Scene().external("e1", "/o", I).current(null).disks(I),
        "e1");
    assertGoesWell(withMemory().current(null), "s1");
  }

  @Test
  void aJobIsInTheWayAtOnce() {
    Facts known = withMemory().in(StateReason.RUNNING_BOOTED).revertingTo("s1");
    Refusal busy = Refusal.untouched(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy", "wait");
    Facts facts =
        new Facts(
            known.driver(),
            known.before(),
            known.request(),
            known.target(),
            known.definitions(),
            known.path(),
            known.domainFacts(),
            new Blockers(false, Optional.of(busy), false, known.blockers().host()),
            known.unknowns());
    assertEquals(Optional.of(busy), DriverRules.of("QEMU").predict(facts).refusal());
  }
}
