package io.github.libvirtsnapshot.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.CallbackReference;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.Union;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Tests that the structures have the same field offsets as JNA's {@link Structure}, which computes
 * them as C does on each platform. The tests need no libvirt.
 */
class StructuresTest {
  /** {@code virError}. */
  @FieldOrder({
    "code", "domain", "message", "level", "conn", "dom", "str1", "str2", "str3", "int1", "int2",
    "net"
  })
  public static final class ErrorLayout extends Structure {
    public int code = 55;
    public int domain = 10;
    public Pointer message = text("größer");
    public int level = 2;
    public Pointer conn;
    public Pointer dom;
    public Pointer str1 = text("one");
    public Pointer str2;
    public Pointer str3 = text("three");
    public int int1 = -1;
    public int int2 = 7;
    public Pointer net;
  }

  /** {@code virDomainInfo}. */
  @FieldOrder({"state", "maxMem", "memory", "nrVirtCpu", "cpuTime"})
  public static final class InfoLayout extends Structure {
    public byte state = (byte) 200;
    public NativeLong maxMem = new NativeLong(0xffff_fff0L, true);
    public NativeLong memory = new NativeLong(3, true);
    public short nrVirtCpu = (short) 40_000;
    public long cpuTime = 5;
  }

  /** {@code virDomainBlockInfo}. */
  @FieldOrder({"capacity", "allocation", "physical"})
  public static final class BlockInfoLayout extends Structure {
    public long capacity = 1;
    public long allocation = 2;
    public long physical = 3;
  }

  /** {@code virDomainBlockJobInfo}. */
  @FieldOrder({"type", "bandwidth", "cur", "end"})
  public static final class BlockJobLayout extends Structure {
    public int type;
    public NativeLong bandwidth = new NativeLong(0, true);
    public long cur;
    public long end;
  }

  /** {@code virDomainJobInfo}, with all 11 numbers in one array. */
  @FieldOrder({"type", "numbers"})
  public static final class JobLayout extends Structure {
    public int type = 3;
    public long[] numbers = new long[11];
  }

  /** {@code virNodeInfo}. */
  @FieldOrder({"model", "memory", "numbers"})
  public static final class NodeInfoLayout extends Structure {
    public byte[] model = new byte[32];
    public NativeLong memory = new NativeLong(24_105_000, true);
    public int[] numbers = new int[6];
  }

  /** {@code virConnectCredential}. */
  @FieldOrder({"type", "prompt", "challenge", "defresult", "result", "resultlen"})
  public static final class CredentialLayout extends Structure {
    public int type = 5;
    public Pointer prompt;
    public Pointer challenge;
    public Pointer defresult;
    public Pointer result;
    public int resultlen;
  }

  /** {@code virConnectAuth}. */
  @FieldOrder({"credtype", "ncredtype", "cb", "cbdata"})
  public static final class AuthLayout extends Structure {
    public Pointer credtype;
    public int ncredtype;
    public Pointer cb;
    public Pointer cbdata;
  }

  /** {@code virDomainStatsRecord}. */
  @FieldOrder({"dom", "params", "nparams"})
  public static final class RecordLayout extends Structure {
    public Pointer dom = new Pointer(0x10);
    public Pointer params;
    public int nparams;
  }

  /** {@code virDomainInterface}. */
  @FieldOrder({"name", "hwaddr", "naddrs", "addrs"})
  public static final class InterfaceLayout extends Structure {
    public Pointer name = text("eth0");
    public Pointer hwaddr = text("52:54:00:12:34:56");
    public int naddrs;
    public Pointer addrs;
  }

  /** {@code virDomainIPAddress}. */
  @FieldOrder({"type", "addr", "prefix"})
  public static final class AddressLayout extends Structure {
    public int type;
    public Pointer addr;
    public int prefix;
  }

  /** {@code virTypedParameter}. */
  @FieldOrder({"field", "type", "value"})
  public static final class ParameterLayout extends Structure {
    public byte[] field = new byte[80];
    public int type;
    public ValueLayout value;
  }

  /** The value of a {@code virTypedParameter}. */
  public static final class ValueLayout extends Union {
    public int number;
    public double real;
    public Pointer text;
  }

  private static Memory text(String text) {
    Memory memory = new Memory(32);
    memory.setString(0, text, LibvirtLibrary.ENCODING);
    return memory;
  }

  private static <S extends Structure> S written(S structure) {
    structure.write();
    return structure;
  }

  /** Fills a structure as libvirt does. */
  private static <F extends NativeStruct> F filled(F ours, Structure layout) {
    byte[] bytes = written(layout).getPointer().getByteArray(0, layout.size());
    assertTrue(((Memory) ours.getPointer()).size() >= bytes.length, "libvirt would write past it");
    ours.getPointer().write(0, bytes, 0, bytes.length);
    return ours;
  }

  @Test
  void copiesError() {
    ErrorLayout layout = written(new ErrorLayout());

    virError error = (virError) new virError().fromNative(layout.getPointer(), null);

    assertEquals(55, error.code);
    assertEquals(10, error.domain);
    assertEquals("größer", error.message);
    assertEquals(2, error.level);
    assertEquals("one", error.str1);
    assertNull(error.str2);
    assertEquals("three", error.str3);
    assertEquals(-1, error.int1);
    assertEquals(7, error.int2);
    assertNull(new virError().fromNative(null, null));
  }

  @Test
  void readsDomainInfo() {
    virDomainInfo info = filled(new virDomainInfo(), new InfoLayout());

    assertEquals(200, info.state());
    assertEquals(0xffff_fff0L, info.maxMem());
    assertEquals(3, info.memory());
    assertEquals(40_000, info.nrVirtCpu());
    assertEquals(5, info.cpuTime());
  }

  @Test
  void readsBlockInfo() {
    virDomainBlockInfo info = filled(new virDomainBlockInfo(), new BlockInfoLayout());

    assertEquals(1, info.capacity());
    assertEquals(2, info.allocation());
    assertEquals(3, info.physical());
  }

  @Test
  void readsNodeInfo() {
    assertEquals(24_105_000, filled(new virNodeInfo(), new NodeInfoLayout()).memory());
  }

  @Test
  void readsJobInfo() {
    assertEquals(3, filled(new virDomainJobInfo(), new JobLayout()).type());
    filled(new virDomainBlockJobInfo(), new BlockJobLayout());
  }

  @Test
  void readsQuestionsAndWritesAnswers() {
    CredentialLayout[] layouts = (CredentialLayout[]) new CredentialLayout().toArray(2);
    CredentialLayout second = layouts[1];
    second.type = 6;
    second.prompt = text("Password");
    second.challenge = text("who?");
    second.defresult = text("guess");
    written(second);
    Memory answer = text("fred");

    virConnectCredential question = virConnectCredential.of(layouts[0].getPointer(), 1);
    question.setResult(answer, 4);

    assertEquals(6, question.type());
    assertEquals("Password", question.prompt());
    assertEquals("who?", question.challenge());
    assertEquals("guess", question.defresult());
    second.read();
    assertEquals(answer, second.result);
    assertEquals(4, second.resultlen);
  }

  @Test
  void writesAuthStructure() {
    LibvirtLibrary.VirConnectAuthCallback callback = (credentials, count, data) -> 0;

    AuthLayout layout =
        Structure.newInstance(
            AuthLayout.class, new virConnectAuth(new int[] {2, 5}, callback).getPointer());
    layout.read();

    assertEquals(2, layout.ncredtype);
    assertEquals(2, layout.credtype.getInt(0));
    assertEquals(5, layout.credtype.getInt(Integer.BYTES));
    assertSame(
        callback,
        CallbackReference.getCallback(LibvirtLibrary.VirConnectAuthCallback.class, layout.cb));
    assertNull(layout.cbdata);
  }

  @Test
  void readsStatsRecord() {
    ParameterLayout[] parameters = (ParameterLayout[]) new ParameterLayout().toArray(3);
    Memory text = text("größer");
    fill(parameters[0], "a.number", 1, "number", -3);
    fill(parameters[1], "a.real", 5, "real", 0.5);
    fill(parameters[2], "a.text", 7, "text", text);
    RecordLayout layout = new RecordLayout();
    layout.params = parameters[0].getPointer();
    layout.nparams = parameters.length;
    Memory list = new Memory(8);
    list.setPointer(0, written(layout).getPointer());

    virDomainStatsRecord record = virDomainStatsRecord.all(list, 1).get(0);

    assertEquals(new DomainPointer(new Pointer(0x10)), record.domain());
    assertEquals(Map.of("a.number", -3, "a.text", "größer"), record.values());
    assertEquals(Optional.of(-3), record.number("a.number"));
    assertEquals(Optional.empty(), record.number("another.number"));
    assertEquals(Optional.of("größer"), record.text("a.text"));
  }

  @Test
  void readsInterface() {
    AddressLayout[] addresses = (AddressLayout[]) new AddressLayout().toArray(2);
    fill(addresses[0], "10.0.2.15", 24);
    fill(addresses[1], "fd00::5", 64);
    InterfaceLayout layout = new InterfaceLayout();
    layout.naddrs = addresses.length;
    layout.addrs = addresses[0].getPointer();

    virDomainInterface read = new virDomainInterface(written(layout).getPointer());

    assertEquals("eth0", read.name());
    assertEquals("52:54:00:12:34:56", read.hwaddr());
    assertEquals(
        List.of(new virDomainIPAddress("10.0.2.15", 24), new virDomainIPAddress("fd00::5", 64)),
        read.addresses());
  }

  @Test
  void interfaceWithoutHardwareAddressHasNoAddresses() {
    InterfaceLayout layout = new InterfaceLayout();
    layout.hwaddr = null;

    virDomainInterface read = new virDomainInterface(written(layout).getPointer());

    assertNull(read.hwaddr());
    assertEquals(List.of(), read.addresses());
  }

  private static void fill(AddressLayout address, String text, int prefix) {
    address.addr = text(text);
    address.prefix = prefix;
    address.write();
  }

  private static void fill(
      ParameterLayout parameter, String name, int type, String field, Object value) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, parameter.field, 0, bytes.length);
    parameter.type = type;
    parameter.value.setType(field);
    parameter.value.writeField(field, value);
    parameter.write();
  }
}
