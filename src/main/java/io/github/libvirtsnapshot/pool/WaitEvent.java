package io.github.libvirtsnapshot.pool;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** One wait for a domain of a pool in a recording of the JDK's flight recorder. */
@Name("io.github.libvirtsnapshot.PoolWait")
@Label("Wait for a Pooled Domain")
@Category("libvirt")
@Description("A caller waited for a reverted domain of a pool")
@StackTrace(false)
final class WaitEvent extends Event {
  @Label("Domain")
  @Description("The domain that was handed out; null if the caller got none")
  @Nullable String domain;

  @Label("UUID")
  @Description("The UUID of the domain")
  @Nullable String uuid;

  @Label("Host")
  @Description("The URI of the host, without secrets")
  @Nullable String host;

  @Label("Message")
  @Description("Why the caller got no domain")
  @Nullable String message;
}
