package io.github.libvirtsnapshot.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSortedSet;
import io.github.libvirtsnapshot.Allocation;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Tests that the library throws only its own exceptions for any answers of a server, within limits
 * of memory and time. The test finds all functions with answers of a server by reflection. On a
 * failure, jqwik prints the seed and the smallest set of wrong answers that causes it.
 */
class HostileServerTest {
  /** Far more than a session needs; an answer has at most a few megabytes. */
  private static final long MOST_BYTES = 2_000_000_000L;

  /** A session takes milliseconds. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private static final Logger LOG = Logger.getLogger("io.github.libvirtsnapshot");

  private static Level level;

  /** The log of an answer with megabytes has megabytes, too. */
  @BeforeContainer
  static void silence() {
    level = LOG.getLevel();
    LOG.setLevel(Level.OFF);
  }

  @AfterContainer
  static void logAgain() {
    LOG.setLevel(level);
  }

  /** Returns each possible kind of wrong answer for each function, for all of its calls. */
  private static List<WrongAnswer> possible() {
    return Arrays.stream(LibvirtLibrary.class.getMethods())
        .sorted(Comparator.comparing(Method::getName))
        .flatMap(
            function ->
                Arrays.stream(WrongAnswer.Kind.values())
                    .filter(kind -> HostileLibvirt.canBeWrong(function, kind))
                    .map(
                        kind ->
                            new WrongAnswer(function.getName(), kind, WrongAnswer.When.ALWAYS, 1)))
        .toList();
  }

  @Provide
  Arbitrary<List<WrongAnswer>> wrongAnswers() {
    return Combinators.combine(
            Arbitraries.of(possible()),
            Arbitraries.of(WrongAnswer.When.class),
            Arbitraries.integers())
        .as(
            (wrongAnswer, when, seed) ->
                new WrongAnswer(wrongAnswer.function(), wrongAnswer.kind(), when, seed))
        .list()
        .uniqueElements(WrongAnswer::function)
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void throwsOnlyDocumentedExceptions(@ForAll("wrongAnswers") List<WrongAnswer> wrongAnswers) {
    run(new HostileLibvirt(wrongAnswers).library());
  }

  /** Uses one of the many forms of each wrong answer. */
  @Example
  void eachWrongAnswerOfEachFunction_throwsOnlyDocumentedExceptions() {
    for (WrongAnswer wrongAnswer : possible()) {
      try {
        run(new HostileLibvirt(List.of(wrongAnswer)).library());
      } catch (AssertionError e) {
        throw new AssertionError(wrongAnswer.toString(), e);
      }
    }
  }

  private static void run(LibvirtLibrary library) {
    long allocated =
        assertTimeoutPreemptively(LONGEST, () -> Allocation.of(() -> new Session(library).run()));
    assertTrue(allocated < MOST_BYTES, "%,d bytes".formatted(allocated));
  }

  /**
   * The library does not use functions that need a count beforehand, a session uses neither
   * credentials nor events, and true answers do not end a stream early.
   */
  private static final ImmutableSortedSet<String> NOT_CALLED =
      ImmutableSortedSet.of(
          "virConnectOpenAuth",
          "virConnectOpenReadOnly",
          "virConnectRegisterCloseCallback",
          "virConnectSetKeepAlive",
          "virConnectUnregisterCloseCallback",
          "virDomainSnapshotListChildrenNames",
          "virDomainSnapshotListNames",
          "virGetVersion",
          "virStreamAbort");

  @Example
  void sessionCallsEachFunction() {
    LibvirtLibrary hostile = new HostileLibvirt(List.of()).library();
    Set<String> called = new HashSet<>();
    LibvirtLibrary recording =
        (LibvirtLibrary)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LibvirtLibrary.class},
                (proxy, function, arguments) -> {
                  called.add(function.getName());
                  return function.invoke(hostile, arguments);
                });

    new Session(recording).run();

    Set<String> left = possible().stream().map(WrongAnswer::function).collect(Collectors.toSet());
    left.removeAll(called);
    assertEquals(NOT_CALLED, left);
  }
}
