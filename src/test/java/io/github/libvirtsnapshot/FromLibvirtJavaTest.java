package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests that the list in docs/from-libvirt-java.md is complete and correct. */
class FromLibvirtJavaTest {
  private static final Pattern ROW = Pattern.compile("\\| `([^`]+\\([^`]*\\))` \\| (.*) \\|");

  private static final List<Class<?>> THEIRS =
      List.of(
          org.libvirt.Connect.class,
          org.libvirt.ConnectAuth.class,
          org.libvirt.ConnectAuth.Credential.class,
          org.libvirt.Domain.class,
          org.libvirt.DomainInfo.class,
          org.libvirt.DomainSnapshot.class);

  private static final List<Class<?>> OURS =
      List.of(
          Connect.class,
          ConnectAuth.class,
          ConnectAuth.Credential.class,
          Domain.class,
          DomainInfo.class,
          DomainSnapshot.class);

  private static Stream<Executable> members(Class<?> type) {
    return Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
        .filter(member -> Modifier.isPublic(member.getModifiers()) && !member.isSynthetic());
  }

  private static String signature(Executable member, int parameters, boolean variable) {
    String name =
        member instanceof Constructor
            ? "new " + member.getDeclaringClass().getSimpleName()
            : member.getDeclaringClass().getSimpleName() + "." + member.getName();
    String types =
        Arrays.stream(member.getParameterTypes())
            .limit(parameters)
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", "));
    return name + "(" + (variable ? types.replaceFirst("\\[]$", "...") : types) + ")";
  }

  private static String signature(Executable member) {
    return signature(member, member.getParameterCount(), member.isVarArgs());
  }

  /** A caller may omit the flags of a method with variable arguments. */
  private static Stream<String> signatures(Executable member) {
    return member.isVarArgs()
        ? Stream.of(signature(member), signature(member, member.getParameterCount() - 1, false))
        : Stream.of(signature(member));
  }

  private static String result(Executable member) {
    return member instanceof Method method ? method.getReturnType().getSimpleName() : "";
  }

  private static Map<String, String> listed() throws Exception {
    Map<String, String> listed = new TreeMap<>();
    String page = Files.readString(Path.of("docs/from-libvirt-java.md"));
    page.substring(page.indexOf("## Each method"))
        .lines()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .forEach(row -> listed.put(row.group(1), row.group(2)));
    return listed;
  }

  @Test
  void pageListsEachMethodOfLibvirtJava() throws Exception {
    assertEquals(
        THEIRS.stream()
            .flatMap(FromLibvirtJavaTest::members)
            .map(FromLibvirtJavaTest::signature)
            .collect(Collectors.toCollection(TreeSet::new)),
        listed().keySet());
  }

  @Test
  void pageSaysCorrectlyWhichMethodsExistHere() throws Exception {
    Map<String, String> theirs = new TreeMap<>();
    THEIRS.stream()
        .flatMap(FromLibvirtJavaTest::members)
        .forEach(member -> theirs.put(signature(member), result(member)));
    Map<String, String> ours = new TreeMap<>();
    OURS.stream()
        .flatMap(FromLibvirtJavaTest::members)
        .forEach(
            member -> signatures(member).forEach(signature -> ours.put(signature, result(member))));
    listed()
        .forEach(
            (signature, here) -> {
              if (here.equals("the same")) {
                assertEquals(theirs.get(signature), ours.get(signature), signature);
              } else if (here.startsWith("not here")) {
                assertTrue(!ours.containsKey(signature), signature);
              }
            });
  }

  private static boolean declares(Executable member, Class<?> exception) {
    return List.of(member.getExceptionTypes()).contains(exception);
  }

  /** Inherited methods count as the methods of the type. */
  private static Stream<String> harmless(Class<?> type) {
    return Stream.<Executable>concat(
            Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getMethods()))
        .filter(member -> !declares(member, LibvirtException.class))
        .flatMap(FromLibvirtJavaTest::signatures)
        .map(signature -> signature.replaceFirst("^\\w+\\.", type.getSimpleName() + "."));
  }

  /**
   * A program may have a catch clause around calls of these methods only; javac rejects it here.
   */
  @Test
  void pageNamesMethodsThatDeclareNoExceptionHere() throws Exception {
    Set<String> failing =
        THEIRS.stream()
            .flatMap(FromLibvirtJavaTest::members)
            .filter(member -> declares(member, org.libvirt.LibvirtException.class))
            .map(FromLibvirtJavaTest::signature)
            .collect(Collectors.toSet());
    Set<String> harmless =
        OURS.stream().flatMap(FromLibvirtJavaTest::harmless).collect(Collectors.toSet());
    Matcher named =
        Pattern.compile("- (`[^-]+?) declare no `LibvirtException`")
            .matcher(Files.readString(Path.of("docs/from-libvirt-java.md")));

    assertTrue(named.find());
    assertEquals(
        Sets.intersection(failing, harmless),
        Pattern.compile("`([^`]+)`")
            .matcher(named.group(1))
            .results()
            .map(name -> name.group(1))
            .collect(Collectors.toSet()));
  }
}
