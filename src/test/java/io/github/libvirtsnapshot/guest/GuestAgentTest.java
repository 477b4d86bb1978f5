package io.github.libvirtsnapshot.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.definition.AgentChannel;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.InOrder;

/** Tests the guest agent. The messages are those of real agents and of libvirt. */
@Timeout(30)
class GuestAgentTest {
  private static final String REFUSED =
      "internal error: unable to execute QEMU agent command 'guest-get-time': ";

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Domain domain;
  private GuestAgent agent;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    agent = GuestAgent.of(domain);
  }

  @AfterEach
  void everyReferenceIsReleased() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  /** Returns when a message that was sent at this time arrives at the guest. */
  private static Instant arrivalOf(Instant sent) {
    return sent.plusMillis(40);
  }

  /** Lets the agent not answer this number of times, and then return a time. */
  private void answersWithTime(Instant time, int silences) {
    libvirt.setError(ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, "Guest agent is not responding");
    AtomicInteger calls = new AtomicInteger();
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              call.<long[]>getArgument(1)[0] = time.getEpochSecond();
              call.<int[]>getArgument(2)[0] = time.getNano();
              return calls.getAndIncrement() < silences ? -1 : 0;
            });
  }

  private void refuses(ErrorNumber code, String message) {
    libvirt.setError(code, message);
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt())).thenReturn(-1);
  }

  @Test
  void returnsTimeOfGuest() throws LibvirtException {
    Instant time = Instant.parse("2026-11-25T12:00:00.123456789Z");
    answersWithTime(time, 0);

    assertEquals(time, agent.time());
    agent.ping();
    assertFalse(agent.isFrozen());
  }

  @Test
  void setsLimitForEachCommandAndRestoresDefault() throws LibvirtException {
    answersWithTime(Instant.EPOCH, 0);

    agent.respondingWithin(Duration.ofMillis(2_900)).ping();

    InOrder calls = inOrder(libvirt.library);
    calls.verify(libvirt.library).virDomainAgentSetResponseTimeout(any(), eq(2), eq(0));
    calls.verify(libvirt.library).virDomainGetTime(any(), any(), any(), eq(0));
    calls.verify(libvirt.library).virDomainAgentSetResponseTimeout(any(), eq(-2), eq(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.999S", "PT0S", "-PT5S", "PT2147483648S"})
  void rejectsLimitThatLibvirtCannotUse(Duration wrong) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> agent.respondingWithin(wrong))
            .getMessage();
    assertTrue(
        message.startsWith(
            "atMost is " + LogEscaper.seconds(wrong) + "; it must be from 1 s to 2147483647 s"),
        message);
    assertThrows(IllegalArgumentException.class, () -> agent.await(wrong));
    verify(libvirt.library, never()).virDomainGetTime(any(), any(), any(), anyInt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Command guest-get-time has been disabled: the agent is in frozen state | true
          The command guest-get-time has been disabled for this instance         | true
          Command guest-get-time has been disabled: the command is not allowed   | true
          this feature or command is not currently supported                     | false
          """)
  void refusalCountsAsAnswer(String words, boolean frozen) throws Exception {
    refuses(ErrorNumber.VIR_ERR_INTERNAL_ERROR, REFUSED + words);

    agent.ping();
    assertEquals(frozen, agent.isFrozen());
    GuestStatus status = agent.await(Duration.ofSeconds(5));
    assertTrue(status.responded());
    assertEquals(frozen, status.frozen());
  }

  @Test
  void silentAgentThrowsAgentUnresponsive() {
    refuses(
        ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE,
        "Guest agent is not responding: QEMU guest agent is not connected");
    assertThrows(AgentUnresponsiveException.class, agent::ping);
    assertThrows(AgentUnresponsiveException.class, agent::isFrozen);
  }

  @Test
  void awaitWaitsUntilAgentAnswers() throws Exception {
    answersWithTime(Instant.EPOCH, 3);

    GuestStatus status = agent.await(Duration.ofSeconds(20));

    assertTrue(status.responded());
    assertFalse(status.frozen());
    assertTrue(status.waited().toMillis() >= 300, status.toString());
    assertTrue(status.waited().toMillis() < 20_000, status.toString());
  }

  @Test
  void awaitEndsAfterLimit() {
    answersWithTime(Instant.EPOCH, Integer.MAX_VALUE);
    long start = System.nanoTime();

    assertThrows(AgentUnresponsiveException.class, () -> agent.await(Duration.ofMillis(1_500)));

    long waited = (System.nanoTime() - start) / 1_000_000;
    assertTrue(waited >= 300, waited + " ms");
    verify(libvirt.library).virDomainAgentSetResponseTimeout(any(), eq(-2), eq(0));
    verify(libvirt.library, never()).virDomainAgentSetResponseTimeout(any(), eq(2), eq(0));
  }

  @Test
  void awaitLimitsLibvirtToRemainingTime() {
    answersWithTime(Instant.EPOCH, Integer.MAX_VALUE);

    assertThrows(AgentUnresponsiveException.class, () -> agent.await(Duration.ofMillis(2_500)));

    InOrder calls = inOrder(libvirt.library);
    calls
        .verify(libvirt.library, atLeastOnce())
        .virDomainAgentSetResponseTimeout(any(), eq(2), eq(0));
    calls
        .verify(libvirt.library, atLeastOnce())
        .virDomainAgentSetResponseTimeout(any(), eq(1), eq(0));
    calls.verify(libvirt.library).virDomainAgentSetResponseTimeout(any(), eq(-2), eq(0));
  }

  @Test
  void awaitStopsIfGuestEnds() {
    refuses(
        ErrorNumber.VIR_ERR_OPERATION_INVALID,
        "Requested operation is not valid: domain is not running");

    LibvirtException ended =
        assertThrows(LibvirtException.class, () -> agent.await(Duration.ofHours(1)));

    assertEquals(ErrorNumber.VIR_ERR_OPERATION_INVALID, ended.getError().getCode());
    verify(libvirt.library).virDomainGetTime(any(), any(), any(), anyInt());
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_OPERATION_TIMEOUT, cannot acquire agent change lock",
    "VIR_ERR_SYSTEM_ERROR, Unable to write to agent: Broken pipe"
  })
  void awaitContinuesAfterTemporaryError(ErrorNumber code, String message) throws Exception {
    answersWithTime(Instant.EPOCH, 1);
    libvirt.setError(code, message);

    assertTrue(agent.await(Duration.ofSeconds(20)).responded());
  }

  @Test
  void interruptEndsAwait() {
    answersWithTime(Instant.EPOCH, Integer.MAX_VALUE);
    Thread.currentThread().interrupt();

    assertThrows(InterruptedException.class, () -> agent.await(Duration.ofHours(1)));
    assertFalse(Thread.interrupted());
  }

  @Test
  void worksWithDriverWithoutLimit() throws LibvirtException {
    answersWithTime(Instant.EPOCH, 0);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_SUPPORT, "not supported by the connection driver");
    when(libvirt.library.virDomainAgentSetResponseTimeout(any(), anyInt(), anyInt()))
        .thenReturn(-1);

    assertEquals(Instant.EPOCH, agent.time());
  }

  /**
   * Gives the guest a clock that is an hour behind. Each command needs 40 ms to reach the guest,
   * and the commands that set the clock need these additional delays.
   */
  private GuestAgent hasClockThatIsSetAfter(Duration... delays) {
    Iterator<Duration> delay = List.of(delays).iterator();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    AtomicReference<Duration> behind = new AtomicReference<>(Duration.ofHours(1));
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              Instant guest = now.updateAndGet(GuestAgentTest::arrivalOf).minus(behind.get());
              call.<long[]>getArgument(1)[0] = guest.getEpochSecond();
              call.<int[]>getArgument(2)[0] = guest.getNano();
              now.updateAndGet(GuestAgentTest::arrivalOf);
              return 0;
            });
    when(libvirt.library.virDomainSetTime(any(), anyLong(), anyInt(), eq(0)))
        .then(
            call -> {
              Instant time =
                  Instant.ofEpochSecond(call.getArgument(1), call.<Integer>getArgument(2));
              Instant reached = now.updateAndGet(GuestAgentTest::arrivalOf).plus(delay.next());
              behind.set(Duration.between(time, reached));
              now.set(reached);
              return 0;
            });
    return GuestAgent.of(domain, now::get);
  }

  @Test
  void setClockAddsTimeThatCommandTakesToGuest() throws LibvirtException {
    assertEquals(
        new ClockSetting(Duration.ofHours(1), Duration.ZERO, false),
        hasClockThatIsSetAfter(Duration.ZERO).setClock());
  }

  @Test
  void setClockRepeatsCommandThatWasDelayed() throws LibvirtException {
    Duration after =
        hasClockThatIsSetAfter(Duration.ofMillis(700), Duration.ofMillis(101), Duration.ofMillis(9))
            .setClock()
            .behindAfter();
    assertEquals(Duration.ofMillis(9), after);
  }

  @Test
  void setClockReportsDifferenceThatRemainsAfterThreeCommands() throws LibvirtException {
    Duration delay = Duration.ofSeconds(2);
    assertEquals(delay, hasClockThatIsSetAfter(delay, delay, delay).setClock().behindAfter());
  }

  @Test
  void setClockUsesRealTimeClockOfGuestIfTimeIsRefused() throws LibvirtException {
    answersWithTime(Instant.now().minusSeconds(3_600), 0);
    libvirt.setError(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        "internal error: unable to execute QEMU agent command 'guest-set-time': this feature or"
            + " command is not currently supported");
    when(libvirt.library.virDomainSetTime(any(), anyLong(), anyInt(), eq(0))).thenReturn(-1);

    ClockSetting setting = agent.setClock();

    assertTrue(setting.fromRealTimeClock());
    assertEquals(3_600, setting.behindBefore().toSeconds());
    verify(libvirt.library).virDomainSetTime(any(), eq(0L), eq(0), eq(1));
  }

  @Test
  void setClockOfFrozenGuestFails() {
    answersWithTime(Instant.now(), 0);
    libvirt.setError(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        "internal error: unable to execute QEMU agent command 'guest-set-time': Command"
            + " guest-set-time has been disabled: the agent is in frozen state");
    when(libvirt.library.virDomainSetTime(any(), anyLong(), anyInt(), anyInt())).thenReturn(-1);

    assertThrows(LibvirtException.class, agent::setClock);
    verify(libvirt.library).virDomainSetTime(any(), anyLong(), anyInt(), anyInt());
  }

  @Test
  void setTimeIgnoresErrorAfterClockWasSet() throws LibvirtException {
    libvirt.setError(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        "internal error: unable to execute QEMU agent command 'guest-set-time': hwclock failed to"
            + " set hardware clock to system time");
    when(libvirt.library.virDomainSetTime(any(), anyLong(), anyInt(), anyInt())).thenReturn(-1);
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              call.<long[]>getArgument(1)[0] = 1_000;
              return 0;
            });

    agent.setTime(Instant.ofEpochSecond(999));
    assertThrows(LibvirtException.class, () -> agent.setTime(Instant.ofEpochSecond(900)));
  }

  @Test
  void setsTimeAndFreezesAndThaws() throws LibvirtException {
    when(libvirt.library.virDomainFSFreeze(any(), any(), anyInt(), anyInt())).thenReturn(2);
    when(libvirt.library.virDomainFSThaw(any(), any(), anyInt(), anyInt())).thenReturn(2);

    agent.setTime(Instant.ofEpochSecond(7, 8));
    assertEquals(2, agent.freeze());
    assertEquals(2, agent.thaw());

    verify(libvirt.library).virDomainSetTime(any(), eq(7L), eq(8), eq(0));
    verify(libvirt.library).virDomainFSFreeze(any(), eq(null), eq(0), eq(0));
    verify(libvirt.library).virDomainFSThaw(any(), eq(null), eq(0), eq(0));
  }

  @ParameterizedTest
  @CsvSource({"org.qemu.guest_agent.0, true", "com.redhat.spice.0, false"})
  void findsChannelOfAgent(String name, boolean has) {
    XmlNode definition =
        XmlNode.parse(
            "<domain><devices><channel><target name='x'/></channel><channel><target name='"
                + name
                + "'/></channel></devices></domain>");
    assertEquals(has, AgentChannel.isIn(definition));
  }
}
