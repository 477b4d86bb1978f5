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
 *   <li>If a revert fails, only the tests that depend on that domain fail, before their body runs,
 *       with a {@link io.github.libvirtsnapshot.revert.RevertException}.
 *   <li>A test and its callbacks can have parameters of the types {@link
 *       io.github.libvirtsnapshot.Domain}, {@link io.github.libvirtsnapshot.revert.RevertReport}
 *       and {@link io.github.libvirtsnapshot.guest.GuestAgent}. With several domains, {@link
 *       ForDomain} selects one of them. The handle is closed when the test, the class or the suite
 *       has ended.
 *   <li>The annotation is repeatable. The domains of a test are reverted concurrently. An
 *       annotation of a nested class or a method replaces that of its class for the same domain. On
 *       a method, {@link #before} must be {@link RevertBefore#EACH_TEST}.
 *   <li>With several names, each test gets one of the domains, which a pool has reverted ahead:
 *       {@link TestDomain#anyOf}.
 *   <li>Tests of the same domain never run concurrently: not in one process, also not in different
 *       classes, and not in several processes of this machine. Two URIs are of the same host if
 *       they differ only in the transport, the user or parameters other than the socket.
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
@ResourceLock(providers = RevertExtension.class)
public @interface RevertedDomain {
  /**
   * The URI of the connection. If it is empty, libvirt's default is used, which the environment
   * variable {@code LIBVIRT_DEFAULT_URI} can set.
   */
  String uri() default "";

  /**
   * The name of the domain. With several names, any of the domains will do: {@link
   * TestDomain#anyOf}.
   */
  String[] domain();

  /** The name of the snapshot; if it is empty, the snapshot that is current before the revert. */
  String snapshot() default "";

  /** The flags of the revert. */
  RevertFlag[] flags() default {};

  /** Whether the revert is planned first: {@link SnapshotReverter#guarded}. */
  boolean guarded() default false;

  /** The maximum wait for the guest in seconds, or 0: {@link SnapshotReverter#awaitingGuest}. */
  int awaitGuest() default 0;

  /** Whether the guest's clock is set: {@link SnapshotReverter#settingClock}. */
  boolean setClock() default false;

  /** The time when the domain is reverted. */
  RevertBefore before() default RevertBefore.EACH_TEST;

  /**
   * The maximum wait for a domain that others use, in seconds, 1 or more: {@link
   * TestDomain#waitingAtMost}.
   */
  int waitAtMost() default 600;

  /**
   * Whether a snapshot of the domain is taken when a test fails. It becomes the current snapshot.
   * Its name begins with {@code failed-}. The name is logged (System.Logger, level INFO), published
   * as a report entry of the test, and in an exception that the test's exception suppresses.
   */
  boolean snapshotOnFailure() default false;

  /** The container of repeated annotations. */
  @Documented
  @Inherited
  @Target({ElementType.TYPE, ElementType.METHOD})
  @Retention(RetentionPolicy.RUNTIME)
  @ExtendWith(RevertExtension.class)
  @ResourceLock(providers = RevertExtension.class)
  @interface List {
    /** The repeated annotations. */
    RevertedDomain[] value();
  }
}
