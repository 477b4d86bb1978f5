package io.github.libvirtsnapshot.pool;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** One domain that a pool withdrew, in a recording of the JDK's flight recorder. */
@Name("io.github.libvirtsnapshot.PoolWithdrawal")
@Label("Withdrawal of a Pooled Domain")
@Category("libvirt")
@Description("A domain was taken out of a pool")
@StackTrace(false)
final class WithdrawalEvent extends Event {
  @Label("Domain")
  @Nullable String domain;

  @Label("Host")
  @Description("The URI of the host, without secrets")
  @Nullable String host;

  @Label("Message")
  @Description("Why the domain was taken out")
  @Nullable String message;
}
