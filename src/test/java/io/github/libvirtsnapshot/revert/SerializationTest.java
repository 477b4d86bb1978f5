package io.github.libvirtsnapshot.revert;

import static io.github.libvirtsnapshot.revert.RevertValues.ACTIVE;
import static io.github.libvirtsnapshot.revert.RevertValues.ERROR;
import static io.github.libvirtsnapshot.revert.RevertValues.HOSTILE;
import static io.github.libvirtsnapshot.revert.RevertValues.INACTIVE;
import static io.github.libvirtsnapshot.revert.RevertValues.SAFETY;
import static io.github.libvirtsnapshot.revert.RevertValues.details;
import static io.github.libvirtsnapshot.revert.RevertValues.plan;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.RevertRiskyException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Results and exceptions are complete after serialization. */
class SerializationTest {
  @SuppressWarnings("unchecked")
  private static <T> T copy(T original) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.libvirtsnapshot.revert.RevertValues#values")
  void valueIsEqualAfterSerialization(Object value) throws Exception {
    Object copy = copy(value);

    assertEquals(value.getClass(), copy.getClass());
    assertEquals(value.toString(), copy.toString());
    if (value instanceof Record) {
      assertEquals(value, copy);
    }
  }

  @Test
  void planIsEqualAfterSerialization() throws Exception {
    assertEquals(plan(), copy(plan()));
  }

  @Test
  void revertExceptionIsCompleteAfterSerialization() throws Exception {
    LibvirtException cause = Exceptions.of(ERROR);
    RevertException original =
        new RevertException("why", details(RevertOutcome.ROLLED_BACK), cause);
    original.addSuppressed(new IllegalStateException("later"));

    RevertException copy = copy(original);

    assertEquals("why", copy.getMessage());
    assertEquals(original.details(), copy.details());
    assertEquals(RevertOutcome.ROLLED_BACK, copy.outcome());
    assertEquals(HOSTILE, copy.details().request().domain());
    assertEquals(Optional.of(HOSTILE), copy.details().request().snapshot());
    assertEquals(5, copy.details().request().flags());
    assertEquals(Optional.of(ACTIVE), copy.details().before());
    assertEquals(Optional.of(INACTIVE), copy.details().after());
    assertEquals(Optional.of(SAFETY), copy.details().safetySnapshot());
    assertEquals(2, copy.details().attempts().size());
    assertEquals("no " + HOSTILE, copy.getError().getMessage());
    assertEquals(cause.getMessage(), copy.getCause().getMessage());
    assertEquals("later", copy.getSuppressed()[0].getMessage());
  }

  @Test
  void eachLibvirtExceptionIsCompleteAfterSerialization() throws Exception {
    for (ErrorNumber code : ErrorNumber.values()) {
      LibvirtException original =
          Exceptions.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, "no"));
      LibvirtException copy = copy(original);
      assertEquals(original.getClass(), copy.getClass());
      assertEquals(original.getMessage(), copy.getMessage());
      assertEquals(original.getError().toString(), copy.getError().toString());
    }
    assertEquals(NoSuchDomainException.class, subtype(ErrorNumber.VIR_ERR_NO_DOMAIN));
    assertEquals(NoSuchSnapshotException.class, subtype(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT));
    assertEquals(AgentUnresponsiveException.class, subtype(ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE));
    assertEquals(
        AgentUnresponsiveException.class, subtype(ErrorNumber.VIR_ERR_AGENT_COMMAND_TIMEOUT));
    assertEquals(RevertRiskyException.class, subtype(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY));
  }

  private static Class<?> subtype(ErrorNumber code) {
    return Exceptions.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, null)).getClass();
  }
}
