package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandNamesTest {
  private static final String UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

  private static String filledIn(String domain, String snapshot, String wayOut) {
    RevertRequest request =
        new RevertRequest(domain, UUID, Optional.of(snapshot), 0, Optional.empty());
    Refusal refusal = Refusal.untouched(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "DOMAIN", wayOut);
    Refusal named = new CommandNames(request).in(refusal);
    assertEquals(Refusal.untouched(refusal.code(), "DOMAIN", named.wayOut()), named);
    return named.wayOut();
  }

  @Test
  void commandsNameTheDomainAndTheSnapshot() {
    assertEquals(
        "shut it off (destroy(), or: virsh destroy web01)",
        filledIn("web01", "clean", "shut it off (destroy(), or: virsh destroy DOMAIN)"));
    assertEquals(
        "virsh snapshot-delete web01 'cost $1' --metadata",
        filledIn("web01", "cost $1", "virsh snapshot-delete DOMAIN SNAPSHOT --metadata"));
    assertEquals("virsh start " + UUID, filledIn("7", "clean", "virsh start DOMAIN"));
  }

  @Test
  void otherWordsAreKept() {
    String others = "virsh shutdown OTHER_DOMAIN; qemu-img check \"/images/a DOMAIN\" SNAPSHOT";
    assertEquals(others, filledIn("web01", "clean", others));
  }

  @Test
  void safetySnapshotThatIsImpossible_namesTheDomain() {
    RevertRequest request =
        new RevertRequest("web01", UUID, Optional.of("clean"), 0, Optional.empty());
    assertEquals(
        "resume it: virsh resume web01",
        new CommandNames(request)
            .in(SafetySnapshotOption.impossible("resume it: virsh resume DOMAIN"))
            .obstacle());
  }
}
