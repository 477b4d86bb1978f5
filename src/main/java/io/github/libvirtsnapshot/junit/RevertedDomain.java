package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Reverts a domain to a snapshot before each test, or before the class or the suite.
 *
 * <pre>{@code
 * @RevertedDomain(uri = "qemu:///system", domain = "web01", snapshot = "clean-install",
 *     flags = RevertFlag.RUNNING, awaitGuest = 60)
 * class InstallTest {
 *   @Test
 *   void installs(Domain web01, RevertReport report, GuestAgent agent) { ... }
 * }
 * }</pre>
 *
 * <ul>
 *   <li>A revert that fails fails each test that needs it, before it has begun, with the {@link
 *       io.github.libvirtsnapshot.revert.RevertException} that tells all.
 *   <li>A test and its callbacks can have parameters of the types {@link
 *       io.github.libvirtsnapshot.Domain}, {@link io.github.libvirtsnapshot.revert.RevertReport}
 *       and {@link io.github.libvirtsnapshot.guest.GuestAgent}; with several domains, {@link
 *       ForDomain} says whose. The handle is closed when the test, the class or the suite has
 *       ended.
 *   <li>It is repeatable: the domains of a test are reverted at once. On a nested class or a
 *       method, it replaces that of its class for the same domain; on a method, it is always {@link
 *       RevertBefore#EACH_TEST}.
 *   <li>Where JUnit runs tests in parallel, two that need one domain do not run at the same time,
 *       whatever class they are in. A domain is the same if its URI and name are the same words.
 * </ul>
 *
 * <p>{@link RevertExtension} does the same with all settings of a {@link SnapshotReverter}.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(RevertedDomain.List.class)
@ExtendWith(RevertExtension.class)
@ResourceLock(providers = DomainLocks.class)
public @interface RevertedDomain {
  /**
   * The connection. Without one it is libvirt's default, which the environment variable {@code
   * LIBVIRT_DEFAULT_URI} can say.
   */
  String uri() default "";

  /** The name of the domain. */
  String domain();

  /** The name of the snapshot; without one, the one that is current when the domain is reverted. */
  String snapshot() default "";

  /** The flags of the revert. */
  RevertFlag[] flags() default {};

  /** Whether it is planned first: {@link SnapshotReverter#guarded}. */
  boolean guarded() default false;

  /** How many seconds to wait for the guest, 0 for not: {@link SnapshotReverter#awaitingGuest}. */
  int awaitGuest() default 0;

  /** Whether the guest's clock is set: {@link SnapshotReverter#settingClock}. */
  boolean setClock() default false;

  /** When it is reverted. */
  RevertBefore before() default RevertBefore.EACH_TEST;

  /**
   * Whether the guest of a test that fails is kept in a snapshot, which becomes the current one;
   * its name is in what is suppressed by the test's exception, and a report entry of the test.
   */
  boolean snapshotOnFailure() default false;

  /** Several of them. */
  @Documented
  @Inherited
  @Target({ElementType.TYPE, ElementType.METHOD})
  @Retention(RetentionPolicy.RUNTIME)
  @ExtendWith(RevertExtension.class)
  @ResourceLock(providers = DomainLocks.class)
  @interface List {
    /** Each of them. */
    RevertedDomain[] value();
  }
}
