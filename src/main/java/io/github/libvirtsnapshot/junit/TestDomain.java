package io.github.libvirtsnapshot.junit;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.MoreObjects;
import com.google.common.hash.Hashing;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;

/**
 * Declares a domain that tests need, how it is reverted, and when. A declaration is an immutable
 * value; each method returns a new one.
 */
public final class TestDomain {
  private final String uri;
  private final String name;
  private final Function<Domain, SnapshotReverter> reverter;
  private final RevertBefore before;
  private final boolean snapshotOnFailure;

  private TestDomain(
      String uri,
      String name,
      Function<Domain, SnapshotReverter> reverter,
      RevertBefore before,
      boolean snapshotOnFailure) {
    this.uri = checkNotNull(uri, "uri is null");
    this.name = checkNotNull(name, "name is null");
    this.reverter = checkNotNull(reverter, "reverter is null");
    this.before = checkNotNull(before, "before is null");
    this.snapshotOnFailure = snapshotOnFailure;
  }

  /**
   * Declares a domain that is reverted to its current snapshot before each test.
   *
   * @param uri the URI of the connection, which is opened on first use; empty for libvirt's default
   * @param name the name of the domain
   */
  public static TestDomain of(String uri, String name) {
    return new TestDomain(
        uri,
        name,
        domain -> SnapshotReverter.of(domain).toCurrent(),
        RevertBefore.EACH_TEST,
        false);
  }

  static TestDomain of(RevertedDomain annotation) {
    return new TestDomain(
        annotation.uri(),
        annotation.domain(),
        domain -> reverter(domain, annotation),
        annotation.before(),
        annotation.snapshotOnFailure());
  }

  private static SnapshotReverter reverter(Domain domain, RevertedDomain annotation) {
    SnapshotReverter reverter = SnapshotReverter.of(domain).flags(annotation.flags());
    reverter =
        annotation.snapshot().isEmpty() ? reverter.toCurrent() : reverter.to(annotation.snapshot());
    if (annotation.guarded()) {
      reverter = reverter.guarded();
    }
    if (annotation.awaitGuest() != 0) {
      reverter = reverter.awaitingGuest(Duration.ofSeconds(annotation.awaitGuest()));
    }
    return annotation.setClock() ? reverter.settingClock() : reverter;
  }

  /** Sets the function that creates the reverter; it is called before each revert. */
  public TestDomain reverting(Function<Domain, SnapshotReverter> how) {
    return new TestDomain(uri, name, how, before, snapshotOnFailure);
  }

  /** Sets the time when the domain is reverted. */
  public TestDomain before(RevertBefore time) {
    return new TestDomain(uri, name, reverter, time, snapshotOnFailure);
  }

  /**
   * Creates a snapshot of the domain when a test fails. The new snapshot is the current one, and
   * its name begins with {@code failed-}. The name is logged (System.Logger, level INFO), is in a
   * report entry of the test, and is in a suppressed exception of the test's exception.
   */
  public TestDomain withSnapshotOnFailure() {
    return new TestDomain(uri, name, reverter, before, true);
  }

  String uri() {
    return uri;
  }

  String name() {
    return name;
  }

  SnapshotReverter reverter(Domain domain) {
    return reverter.apply(domain);
  }

  boolean isRevertedBefore(RevertBefore time) {
    return before == time;
  }

  boolean takesSnapshotOnFailure() {
    return snapshotOnFailure;
  }

  /**
   * Returns a key that is unique for each URI and name. The hash distinguishes URIs that differ
   * only in their secrets.
   */
  String key() {
    return describe() + " " + Hashing.sha256().hashString(uri, StandardCharsets.UTF_8);
  }

  /** Returns the name and the URI for a message, escaped and without secrets. */
  String describe() {
    return "domain "
        + LogEscaper.quote(name)
        + " at "
        + LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri));
  }

  @Override
  public String toString() {
    return MoreObjects.toStringHelper(this)
        .addValue(describe())
        .add("before", before)
        .add("snapshotOnFailure", snapshotOnFailure)
        .toString();
  }
}
