package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorLevel;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.virError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class LibvirtErrorTest {
  @Test
  void copiesAllValues() {
    virError error = MockedLibvirt.error(9, "it failed");
    error.str1 = "one";
    error.str2 = "two";
    error.str3 = "three";
    error.int1 = 4;
    error.int2 = -5;

    LibvirtError copy = LibvirtError.copyOf(error);

    assertEquals(
        "LibvirtError{code=VIR_ERR_OPERATION_FAILED(9), domain=VIR_FROM_QEMU(10),"
            + " level=VIR_ERR_ERROR(2), message=it failed, str1=one, str2=two, str3=three,"
            + " int1=4, int2=-5}",
        copy.toString());
    assertEquals("one", copy.getStr1());
    assertEquals("two", copy.getStr2());
    assertEquals("three", copy.getStr3());
    assertEquals(4, copy.getInt1());
    assertEquals(-5, copy.getInt2());
  }

  @Test
  void exceptionMessageIsCutButErrorIsComplete() {
    String endless = "\u001b".repeat(1_000_000);
    LibvirtError error =
        LibvirtError.of(ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorDomain.VIR_FROM_QEMU, endless);

    assertEquals(
        "\\u001b".repeat(10_000) + "... (1000000 characters)", Exceptions.of(error).getMessage());
    assertEquals(endless, error.getMessage());
  }

  @Test
  void exceptionMessageHidesSecretsOfUris() {
    virError raw = MockedLibvirt.error(38, "no route to x://fred:s3cret@host1/");
    raw.str1 = "x://fred:s3cret@host1/?password=s3cret";
    LibvirtError error = LibvirtError.copyOf(raw);

    assertEquals("no route to x://fred:***@host1/", Exceptions.of(error).getMessage());
    assertEquals("no route to x://fred:s3cret@host1/", error.getMessage());
    assertEquals("x://fred:s3cret@host1/?password=s3cret", error.getStr1());
    assertFalse(error.toString().contains("s3cret"), error.toString());
  }

  @Test
  void keepsUnknownNumbers() {
    virError error = MockedLibvirt.error(9999, "from the future");
    error.domain = 8888;
    error.level = 77;

    LibvirtError copy = LibvirtError.copyOf(error);

    assertEquals(ErrorNumber.UNKNOWN, copy.getCode());
    assertEquals(9999, copy.getRawCode());
    assertEquals(ErrorDomain.UNKNOWN, copy.getDomain());
    assertEquals(8888, copy.getRawDomain());
    assertEquals(ErrorLevel.UNKNOWN, copy.getLevel());
    assertEquals(77, copy.getRawLevel());
  }

  @Test
  void createsSubclassForErrorCode() {
    assertInstanceOf(NoSuchDomainException.class, exception(ErrorNumber.VIR_ERR_NO_DOMAIN));
    assertInstanceOf(
        NoSuchSnapshotException.class, exception(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT));
    assertInstanceOf(
        RevertRiskyException.class, exception(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY));
    assertSame(LibvirtException.class, exception(ErrorNumber.VIR_ERR_OPERATION_FAILED).getClass());
  }

  private static LibvirtException exception(ErrorNumber code) {
    return Exceptions.of(LibvirtError.copyOf(MockedLibvirt.error(code.value(), "why")));
  }

  @Test
  void exceptionIsSerializable() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(exception(ErrorNumber.VIR_ERR_NO_DOMAIN));
    Object read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

    LibvirtException sent = assertInstanceOf(NoSuchDomainException.class, read);
    assertEquals("why", sent.getError().getMessage());
    assertNull(sent.getError().getStr1());
  }
}
