package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Throwables;
import com.google.common.reflect.Reflection;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a run selects the snapshot, and what it requires of it. */
class SnapshotSelectionTest {
  private static final String WAY_OUT =
      "; name a snapshot: to(name), or: revert-domain URI DOMAIN SNAPSHOT";

  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain fake = libvirt.addDomain("web01", DomainState.RUNNING);
  private Domain domain;
  private SnapshotReverter reverter;

  @BeforeEach
  void open() throws LibvirtException {
    try (Connect connect = libvirt.connect()) {
      domain = connect.domainLookupByName("web01");
    }
    reverter = SnapshotReverter.of(domain);
  }

  @AfterEach
  void close() {
    domain.close();
  }

  /** Adds a snapshot without a parent. */
  private void add(String name, long creationTime) throws LibvirtException {
    addBelow("", name, creationTime);
  }

  private void addBelow(String parent, String name, long creationTime) throws LibvirtException {
    String above = parent.isEmpty() ? "" : "<parent><name>" + parent + "</name></parent>";
    String xml =
        "<domainsnapshot><name>%s</name><state>running</state><creationTime>%d</creationTime>%s"
                .formatted(name, creationTime, above)
            + "</domainsnapshot>";
    domain.snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE).close();
  }

  /** Checks that neither a plan nor a revert is made, and returns the reason. */
  private String refusal(SnapshotReverter refused) {
    RevertException ofRevert = assertThrows(RevertException.class, refused::revert);
    assertEquals(RevertOutcome.NOT_STARTED, ofRevert.outcome());
    RevertException ofPlan = assertThrows(RevertException.class, refused::plan);
    assertEquals(RevertOutcome.NOT_STARTED, ofPlan.outcome());
    assertEquals(ofRevert.getMessage(), ofPlan.getMessage());
    assertEquals(List.of(), fake.reverts());
    return ofRevert.getMessage().replaceFirst("^reverting .* was not started: ", "");
  }

  @Test
  void newestIsTheSnapshotWithTheLatestCreationTime() throws LibvirtException {
    add("second", 200);
    add("third", 300);
    add("first", 100);

    assertEquals("third", reverter.toNewest().revert().snapshot());
    assertEquals(Optional.of("third"), reverter.toNewest().plan().request().snapshot());
  }

  @Test
  void newestOfOneSecondIsTheDescendantOfTheOthers() throws LibvirtException {
    add("c", 100);
    addBelow("c", "a", 100);
    addBelow("a", "older", 50);
    addBelow("older", "b", 100);

    assertEquals("b", reverter.toNewest().revert().snapshot());
  }

  @Test
  void newestOfOneSecondIsRefusedWithoutSuchADescendant() throws LibvirtException {
    add("a", 100);
    addBelow("a", "b", 100);
    addBelow("a", "c", 100);

    assertEquals(
        "domain \"web01\" has no single newest snapshot: some have the same creation time, which"
            + " libvirt counts in whole seconds, and none of these descends from all others; the"
            + " snapshots are \"b\", \"c\""
            + WAY_OUT,
        refusal(reverter.toNewest()));
  }

  @Test
  void snapshotThatIsDeletedBeforeItIsReadIsLeftOut() throws LibvirtException {
    for (String name : List.of("s1", "s2", "s3")) {
      add(name, 100 + Integer.parseInt(name.substring(1)));
    }
    assertEquals("s3", reverter.to(deletingWhen("s1", "s2")).revert().snapshot());
    assertEquals(
        "domain \"web01\" has no snapshot that meets the condition, apart from safety snapshots; the"
            + " snapshots are \"s1\""
            + WAY_OUT,
        assertThrows(
                RevertException.class,
                () -> reverter.to(deletingWhen("s1", "s3").and(details -> false)).revert())
            .getMessage()
            .replaceFirst("^reverting .* was not started: ", ""));
  }

  @Test
  void snapshotThatIsDeletedAfterItIsReadIsNoNewest() throws LibvirtException {
    add("a", 100);
    addBelow("a", "b", 100);
    addBelow("b", "c", 100);

    assertEquals("c", reverter.to(deletingWhen("b", "b")).revert().snapshot());
  }

  /** Returns a condition that all snapshots meet, and that deletes one when it tests another. */
  private Predicate<SnapshotDetails> deletingWhen(String tested, String deleted) {
    return details -> {
      if (details.name().equals(tested)) {
        try (DomainSnapshot snapshot = domain.snapshotLookupByName(deleted)) {
          snapshot.delete();
        } catch (LibvirtException e) {
          throw new IllegalStateException(e);
        }
      }
      return true;
    };
  }

  @Test
  void namesAreEscapedOnce() throws LibvirtException {
    add("back\\slash", 100);

    String refusal = refusal(reverter.to(details -> false));
    assertTrue(refusal.contains("the snapshots are \"back\\\\slash\""), refusal);
    String unmet = refusal(reverter.to("back\\slash").require("no \\", details -> false));
    assertTrue(unmet.contains("required: \"no \\\\\";"), unmet);
  }

  @Test
  void newestIsRefusedIfThereIsNone() {
    assertEquals(
        "domain \"web01\" has no snapshot, apart from safety snapshots; the domain has no snapshots"
            + WAY_OUT,
        refusal(reverter.toNewest()));
  }

  /** The safety snapshot is newer, and has the state that the first revert discarded. */
  @Test
  void newestIsNoSafetySnapshot() throws LibvirtException {
    add("clean", 100);
    RevertReport first = reverter.toNewest().withSafetySnapshot().revert();
    assertEquals(2, fake.snapshotNames().size());

    assertEquals("clean", reverter.toNewest().revert().snapshot());
    assertEquals("clean", reverter.to(details -> true).revert().snapshot());
    String safety = first.safetySnapshot().orElseThrow();
    assertEquals(safety, reverter.to(safety).revert().snapshot());
  }

  @Test
  void newestIsSelectedAgainForEachRun() throws LibvirtException {
    SnapshotReverter newest = reverter.toNewest();
    add("first", 100);
    assertEquals("first", newest.revert().snapshot());
    add("second", 200);
    assertEquals("second", newest.revert().snapshot());
  }

  @Test
  void furtherAttemptsDoNotTestTheConditionAgain() throws LibvirtException {
    add("clean", 100);
    fake.refuseReverts("clean", ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");
    List<String> tested = new ArrayList<>();

    RevertException failure =
        assertThrows(
            RevertException.class,
            () ->
                reverter
                    .to(details -> tested.add(details.name()))
                    .retrying(3, Duration.ofMillis(1))
                    .revert());

    assertEquals(3, failure.details().attempts().size());
    assertEquals(List.of("clean"), tested);
  }

  /** The owner of a domain can write metadata that the library refuses to read. */
  @Test
  void definitionThatCannotBeReadDoesNotAffectTheSelection() throws LibvirtException {
    add("clean", 100);
    add("later", 200);
    LibvirtLibrary library = libvirt.library();
    String deep = "<domain>" + "<a>".repeat(600) + "</a>".repeat(600);
    LibvirtLibrary withDeepXml =
        Reflection.newProxy(
            LibvirtLibrary.class,
            (proxy, function, arguments) -> {
              Object result = function.invoke(library, arguments);
              return function.getName().equals("virDomainSnapshotGetXMLDesc")
                  ? new OwnedString(
                      ((OwnedString) result).value().replaceFirst("<domain [^>]*>", deep))
                  : result;
            });
    try (Connect connect = new Connect(withDeepXml, "fake:///");
        Domain deepDomain = connect.domainLookupByName("web01")) {
      RevertReport report = SnapshotReverter.of(deepDomain).toNewest().requireMemory().revert();

      assertEquals("later", report.snapshot());
    }
  }

  @Test
  void conditionSelectsTheNewestSnapshotThatMeetsIt() throws LibvirtException {
    add("clean-1", 100);
    add("clean-2", 200);
    add("broken", 300);

    assertEquals(
        "clean-2", reverter.to(details -> details.name().startsWith("clean-")).revert().snapshot());
  }

  @Test
  void conditionThatNoSnapshotMeetsListsTheSnapshots() throws LibvirtException {
    add("a", 100);
    add("b", 200);

    assertEquals(
        "domain \"web01\" has no snapshot that meets the condition, apart from safety snapshots; the"
            + " snapshots are \"a\", \"b\""
            + WAY_OUT,
        refusal(reverter.to(details -> false)));
  }

  @Test
  void parentIsThatOfTheCurrentSnapshot() throws LibvirtException {
    fake.addSnapshot("base", DomainState.RUNNING).addSnapshot("clean", DomainState.RUNNING);
    fake.addSnapshot("current", DomainState.SHUTOFF);

    assertEquals(Optional.of("clean"), reverter.toParent().plan().request().snapshot());
    assertEquals("clean", reverter.toParent().revert().snapshot());
    assertEquals("base", reverter.toParent().revert().snapshot());
  }

  @Test
  void parentIsRefusedIfThereIsNone() throws LibvirtException {
    assertEquals(
        "domain \"web01\" has no current snapshot" + WAY_OUT, refusal(reverter.toParent()));

    fake.addSnapshot("root", DomainState.RUNNING);
    assertEquals(
        "the current snapshot \"root\" of domain \"web01\" has no parent" + WAY_OUT,
        refusal(reverter.toParent()));
  }

  @Test
  void everyRequirementHasToBeMet() throws LibvirtException {
    add("clean", 100);
    fake.addSnapshot("off", DomainState.SHUTOFF);

    SnapshotReverter young =
        reverter.requireMemory().require("taken \"before\" noon", details -> true);
    assertEquals("clean", young.to("clean").revert().snapshot());

    SnapshotReverter strict = reverter.require("a short name", details -> false).requireMemory();
    String unmet = assertThrows(RevertException.class, () -> strict.to("off").plan()).getMessage();
    assertTrue(
        unmet.matches(
            "reverting domain \"web01\" to snapshot \"off\" \\(flags = none\\) was not started:"
                + " snapshot \"off\" \\(shutoff, taken \\S+\\) does not meet what is required: \"a"
                + " short name\", \"the memory of the guest\"; select another snapshot, or omit"
                + " require\\(\\) or requireMemory\\(\\)"),
        unmet);
  }

  @Test
  void requirementPreventsEachKindOfRevert() {
    fake.addSnapshot("off", DomainState.SHUTOFF);
    SnapshotReverter required = reverter.to("off").requireMemory();

    for (SnapshotReverter each :
        List.of(
            required,
            required.running(),
            required.guarded(),
            required.withSafetySnapshot(),
            reverter.toCurrent().requireMemory(),
            reverter.toNewest().requireMemory())) {
      String refusal = refusal(each);
      assertTrue(refusal.contains("\"the memory of the guest\""), refusal);
    }
    assertEquals(List.of("off"), fake.snapshotNames());
  }

  @Test
  void undoHasNoRequirement() throws LibvirtException {
    fake.addSnapshot("clean", DomainState.RUNNING);
    SnapshotReverter strict =
        reverter
            .require("the name \"clean\"", details -> details.name().equals("clean"))
            .withSafetySnapshot();
    RevertReport report = strict.toNewest().revert();

    assertEquals(report.safetySnapshot().orElseThrow(), strict.undo(report).snapshot());
  }

  @Test
  void failureOfAConditionIsTheCause() {
    fake.addSnapshot("clean", DomainState.RUNNING);
    for (Throwable thrown :
        List.of(new IllegalStateException("boom"), new AssertionError("boom"))) {
      Predicate<SnapshotDetails> failing =
          details -> {
            Throwables.throwIfUnchecked(thrown);
            return true;
          };
      String failed = " failed for snapshot \"clean\": " + thrown;
      SnapshotReverter condition = reverter.to(failing);
      assertEquals("the condition" + failed, refusal(condition));
      SnapshotReverter requirement = reverter.to("clean").require("nothing", failing);
      assertEquals("the requirement \"nothing\"" + failed, refusal(requirement));
      for (SnapshotReverter each : List.of(condition, requirement)) {
        assertSame(thrown, assertThrows(RevertException.class, each::revert).getCause());
        assertSame(thrown, assertThrows(RevertException.class, each::plan).getCause());
      }
    }
  }

  @Test
  void selectedSnapshotIsInThePlanTheJournalTheLogAndTheFailure() throws LibvirtException {
    add("clean", 100);
    fake.failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    List<Optional<String>> known = new ArrayList<>();
    RevertException failure;
    try (LogRecorder log = new LogRecorder(SnapshotReverter.class)) {
      failure =
          assertThrows(
              RevertException.class,
              () ->
                  reverter
                      .toNewest()
                      .withJournal(intent -> known.add(intent.request().snapshot()))
                      .revert());
      assertTrue(log.lines().get(0).contains("to snapshot \"clean\""), log.lines().toString());
    }

    assertEquals(Optional.of("clean"), failure.details().request().snapshot());
    assertTrue(failure.getMessage().contains(" to snapshot \"clean\" "), failure.getMessage());
    assertEquals(List.of(Optional.of("clean")), known);
  }

  @Test
  void textNamesTheTarget() {
    assertEquals(
        "SnapshotReverter[domain \"web01\", newest snapshot, flags = none]",
        reverter.toNewest().toString());
    assertEquals(
        "SnapshotReverter[domain \"web01\", newest snapshot that meets a condition, flags = none]",
        reverter.to(details -> false).toString());
    assertEquals(
        "SnapshotReverter[domain \"web01\", parent of the current snapshot, flags = none]",
        reverter.toParent().toString());
  }

  @Test
  void refusalOfInvalidValueNamesTheArgument() {
    assertEquals(
        "condition is null",
        assertThrows(
                NullPointerException.class, () -> reverter.to((Predicate<SnapshotDetails>) null))
            .getMessage());
    assertEquals(
        "description is null",
        assertThrows(NullPointerException.class, () -> reverter.require(null, details -> false))
            .getMessage());
    assertEquals(
        "condition is null",
        assertThrows(NullPointerException.class, () -> reverter.require("a name", null))
            .getMessage());
    assertEquals(
        "description is \" \"; say in words what is required",
        assertThrows(IllegalArgumentException.class, () -> reverter.require(" ", details -> false))
            .getMessage());
  }
}
