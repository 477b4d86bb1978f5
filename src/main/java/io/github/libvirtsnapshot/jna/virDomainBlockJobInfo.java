package io.github.libvirtsnapshot.jna;

import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code virDomainBlockJobInfo}: how far a block job got; libvirt fills it in. */
@FieldOrder({"type", "bandwidth", "cur", "end"})
public final class virDomainBlockJobInfo extends Structure {
  /** A {@code virDomainBlockJobType}. */
  public int type;

  /** The limit in bytes or MiB per second, 0 for none. */
  public NativeLong bandwidth = new NativeLong(0, true);

  /** How far it got, in a unit of its own. */
  public long cur;

  /** Where it ends, in the unit of {@link #cur}. */
  public long end;
}
