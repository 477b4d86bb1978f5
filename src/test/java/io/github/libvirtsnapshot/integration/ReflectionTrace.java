package io.github.libvirtsnapshot.integration;

import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.none;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectAuth;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Uses the library, and prints which of its types were used by reflection: {@code ReflectionTrace
 * URI}. The test driver at the URI asks for the user "lab" and the password "secret". {@link
 * ReflectionTraceIT} runs this program.
 */
public final class ReflectionTrace {
  /** The advice is copied into classes of the JDK, which can see no field of this class. */
  private static final String KEY = "reflection.trace";

  private ReflectionTrace() {}

  /** Records that members of a class are listed, or one is looked up. */
  static final class MembersAdvice {
    private MembersAdvice() {}

    @Advice.OnMethodEnter
    @SuppressWarnings("unchecked")
    static void enter(@Advice.This Class<?> type) {
      ((Collection<Object>) System.getProperties().get(KEY)).add(new Object[] {"members", type});
    }
  }

  /** Records that a method or a constructor is called. */
  static final class CallAdvice {
    private CallAdvice() {}

    @Advice.OnMethodEnter
    @SuppressWarnings("unchecked")
    static void enter(@Advice.This Executable called) {
      ((Collection<Object>) System.getProperties().get(KEY))
          .add(new Object[] {called.getName(), called.getDeclaringClass()});
    }
  }

  /** Records that a method handle is looked up. */
  static final class HandleAdvice {
    private HandleAdvice() {}

    @Advice.OnMethodEnter
    @SuppressWarnings("unchecked")
    static void enter(@Advice.Argument(0) Class<?> type, @Advice.Argument(1) String name) {
      ((Collection<Object>) System.getProperties().get(KEY)).add(new Object[] {name, type});
    }
  }

  /** Records that a proxy is created. */
  static final class ProxyAdvice {
    private ProxyAdvice() {}

    @Advice.OnMethodEnter
    @SuppressWarnings("unchecked")
    static void enter(@Advice.Argument(1) Class<?>[] interfaces) {
      ((Collection<Object>) System.getProperties().get(KEY)).add(interfaces);
    }
  }

  /** Uses the library, and prints a line for each type and each method of a type. */
  public static void main(String[] args) throws LibvirtException {
    Queue<Object[]> trace = new ConcurrentLinkedQueue<>();
    System.getProperties().put(KEY, trace);
    traceReflection();
    trace.clear();
    use(args[0]);
    trace.stream()
        .filter(used -> !isKnownToNativeImage(used))
        .map(ReflectionTrace::line)
        .filter(
            line -> line.contains("io.github.libvirtsnapshot") || line.contains("jna.Callback,"))
        .distinct()
        .sorted()
        .forEach(System.out::println);
  }

  /** The JDK uses reflection to create lambdas, and to list the constants of an enum. */
  private static boolean isKnownToNativeImage(Object[] used) {
    return used[used.length - 1] instanceof Class<?> type && (type.isHidden() || type.isEnum());
  }

  private static void traceReflection() {
    advise(
        Class.class,
        MembersAdvice.class,
        namedOneOf(
            "getConstructor",
            "getConstructors",
            "getDeclaredConstructor",
            "getDeclaredConstructors",
            "getDeclaredField",
            "getDeclaredFields",
            "getDeclaredMethod",
            "getDeclaredMethods",
            "getField",
            "getFields",
            "getMethod",
            "getMethods"));
    advise(Constructor.class, CallAdvice.class, named("newInstance"));
    advise(Method.class, CallAdvice.class, named("invoke"));
    advise(
        MethodHandles.Lookup.class,
        HandleAdvice.class,
        namedOneOf("findStatic", "findVirtual", "findSpecial"));
    advise(Proxy.class, ProxyAdvice.class, named("newProxyInstance").and(isPublic()));
  }

  private static void advise(
      Class<?> type, Class<?> advice, ElementMatcher<? super MethodDescription> methods) {
    new AgentBuilder.Default()
        .disableClassFormatChanges()
        .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
        .ignore(none())
        .type(named(type.getName()))
        .transform(
            (builder, description, loader, module, domain) ->
                builder.visit(Advice.to(advice).on(methods)))
        .installOn(ByteBuddyAgent.install());
  }

  private static void use(String uri) throws LibvirtException {
    ConnectAuth auth = ConnectAuth.of(() -> "lab", "secret"::toCharArray);
    try (Recording recording = new Recording();
        Connect connect = new Connect(uri, auth);
        Domain domain = connect.domainLookupByName("web01")) {
      recording.enable("io.github.libvirtsnapshot.Revert");
      recording.start();
      connect.registerCloseCallback(reason -> {});
      domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>").close();
      // Before 8.0, the test driver leaves a domain paused after a revert with running().
      SnapshotReverter reverter =
          SnapshotReverter.of(domain).to("clean").withSafetySnapshot().enforcingState();
      var unused = reverter.plan();
      var unusedUndo = reverter.undo(reverter.running().revert());
      for (Domain listed : connect.listAllDomains()) {
        listed.close();
      }
    }
    FakeLibvirt fake = new FakeLibvirt();
    fake.addDomain("fake", DomainState.SHUTOFF).addSnapshot("clean", DomainState.RUNNING);
    try (Connect connect = fake.connect();
        Domain domain = connect.domainLookupByName("fake")) {
      var unused = SnapshotReverter.of(domain).to("clean").revert();
    }
  }

  private static String line(Object[] entry) {
    if (entry instanceof Class<?>[] interfaces) {
      return "proxy " + Stream.of(interfaces).map(Class::getName).collect(Collectors.joining(","));
    }
    String type = ((Class<?>) entry[1]).getName();
    return type + " " + (entry[0].equals(type) ? "<init>" : entry[0]);
  }
}
