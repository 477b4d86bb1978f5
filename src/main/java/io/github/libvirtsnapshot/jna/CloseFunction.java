package io.github.libvirtsnapshot.jna;

import com.google.common.reflect.AbstractInvocationHandler;
import com.sun.jna.Callback;
import com.sun.jna.Native;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntBinaryOperator;
import java.util.function.IntConsumer;

/**
 * Creates functions of the type {@code virConnectCloseFunc}.
 *
 * <p>JNA stores the Java method of a callback, and so the class loader of the method, until
 * callbacks are used the next time, which may be never. Therefore the method here is one of the
 * JDK's, and its class belongs to the class loader of JNA. In C, the function gets the connection,
 * the reason and its data; this one treats the connection as a number and ignores the data.
 */
public final class CloseFunction {
  private CloseFunction() {}

  /**
   * Returns a function for {@link LibvirtLibrary#virConnectRegisterCloseCallback}.
   *
   * @param consumer called with a {@code virConnectCloseReason}, on the thread of libvirt's event
   *     loop or on the thread whose call found that the connection had ended; must neither call
   *     libvirt nor throw
   */
  public static Callback of(IntConsumer consumer) {
    return (Callback)
        Proxy.newProxyInstance(
            Native.class.getClassLoader(),
            new Class<?>[] {Callback.class, IntBinaryOperator.class},
            new AbstractInvocationHandler() {
              @Override
              protected Object handleInvocation(Object proxy, Method method, Object[] arguments) {
                consumer.accept((int) arguments[1]);
                return 0;
              }
            });
  }
}
