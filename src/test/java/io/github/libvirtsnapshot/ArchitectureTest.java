package io.github.libvirtsnapshot;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.host.StorageVolumes;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Checks the rules of docs/architecture.md. */
class ArchitectureTest {
  private static final String ROOT = "io.github.libvirtsnapshot";

  /** The groups of the Javadoc in pom.xml. */
  private static final String FOR_USERS = "<title>For users</title>\\s*<packages>(.*?)</";

  private static final String UNDERNEATH = "<title>Underneath</title>\\s*<packages>(.*?)</";

  private static final JavaClasses PROJECT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** For each package, the packages of the library that it may use. */
  private static final Map<String, Set<String>> USES = uses();

  private static Map<String, Set<String>> uses() {
    Map<String, Set<String>> uses = new LinkedHashMap<>();
    uses.put("internal", Set.of());
    uses.put("xml", Set.of("internal"));
    uses.put("jna", Set.of());
    uses.put("flags", Set.of("jna"));
    uses.put("errors", Set.of("jna", "internal"));
    uses.put("calls", Set.of("errors", "jna", "internal"));
    uses.put("", Set.of("calls", "errors", "flags", "jna", "internal"));
    uses.put("host", Set.of("calls", "", "errors", "jna", "xml", "internal"));
    uses.put("definition", Set.of("xml"));
    uses.put("snapshots", Set.of("", "flags", "xml", "internal"));
    uses.put("snapshots.descriptions", Set.of("snapshots", "definition", "", "xml", "internal"));
    uses.put(
        "archive",
        Set.of(
            "snapshots.descriptions",
            "snapshots",
            "definition",
            "host",
            "",
            "errors",
            "flags",
            "xml",
            "internal"));
    uses.put(
        "images", Set.of("snapshots.descriptions", "snapshots", "definition", "xml", "internal"));
    uses.put("guest", Set.of("host", "", "errors", "flags", "xml", "internal"));
    uses.put("plan", Set.of("snapshots", "host", "", "errors", "flags", "internal"));
    uses.put(
        "plan.facts",
        Set.of(
            "plan",
            "images",
            "snapshots.descriptions",
            "snapshots",
            "definition",
            "host",
            "",
            "errors",
            "flags",
            "xml",
            "internal"));
    uses.put(
        "plan.rules",
        Set.of(
            "plan.facts",
            "plan",
            "images",
            "snapshots.descriptions",
            "snapshots",
            "definition",
            "host",
            "",
            "errors",
            "flags",
            "internal"));
    uses.put(
        "plan.analysis",
        Set.of(
            "plan.rules",
            "plan.facts",
            "plan",
            "images",
            "snapshots.descriptions",
            "snapshots",
            "definition",
            "host",
            "",
            "flags",
            "xml",
            "internal"));
    uses.put(
        "revert",
        Set.of(
            "plan.analysis",
            "plan.facts",
            "plan",
            "guest",
            "snapshots.descriptions",
            "snapshots",
            "definition",
            "host",
            "",
            "calls",
            "errors",
            "flags",
            "xml",
            "internal"));
    uses.put(
        "creation",
        Set.of(
            "plan.analysis",
            "plan.facts",
            "plan",
            "guest",
            "snapshots.descriptions",
            "snapshots",
            "host",
            "",
            "errors",
            "flags",
            "internal"));
    uses.put("scheduling", Set.of("revert", "plan", "", "calls", "errors", "internal"));
    uses.put(
        "fleet",
        Set.of("scheduling", "revert", "plan.facts", "plan", "guest", "", "errors", "internal"));
    uses.put(
        "pool",
        Set.of(
            "fleet",
            "scheduling",
            "revert",
            "plan.facts",
            "plan",
            "guest",
            "",
            "errors",
            "internal"));
    uses.put(
        "junit",
        Set.of(
            "pool",
            "scheduling",
            "revert",
            "guest",
            "plan.facts",
            "plan",
            "",
            "errors",
            "flags",
            "internal"));
    uses.put(
        "testing",
        Set.of("revert", "guest", "plan", "", "errors", "flags", "jna", "xml", "internal"));
    uses.put("libvirtjava", Set.of("", "errors", "flags"));
    return uses;
  }

  @Test
  void packagesUseOnlyPackagesOfTheirList() {
    USES.forEach(
        (name, used) ->
            classes()
                .that()
                .resideInAPackage(named(name))
                .should()
                .onlyDependOnClassesThat(
                    resideOutsideOfPackage(ROOT + "..")
                        .or(resideInAnyPackage(named(name)))
                        .or(
                            resideInAnyPackage(
                                used.stream().map(ArchitectureTest::named).toArray(String[]::new))))
                .check(PROJECT));
  }

  private static String named(String name) {
    return name.isEmpty() ? ROOT : ROOT + "." + name;
  }

  /** Only the package of the facts may call libvirt. */
  @Test
  void rulesAndAnalysisDoNotCallLibvirt() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".plan.rules", ROOT + ".plan.analysis")
        .should()
        .accessClassesThat()
        .belongToAnyOf(
            Connect.class,
            Domain.class,
            DomainSnapshot.class,
            HostQueries.class,
            DomainQueries.class,
            StorageVolumes.class)
        .check(PROJECT);
  }

  /** The three handles create each other, so they count as one file. */
  @Test
  void filesOfRootPackageHaveNoDependencyCycles() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return type.getPackageName().equals(ROOT)
                    ? SliceIdentifier.of(file(type))
                    : SliceIdentifier.ignore();
              }

              @Override
              public String getDescription() {
                return "files of the root package";
              }
            })
        .should()
        .beFreeOfCycles()
        .check(PROJECT);
  }

  private static String file(JavaClass type) {
    String name = type.getName().substring(ROOT.length() + 1).replaceFirst("\\$.*", "");
    return Set.of("Connect", "Domain", "DomainSnapshot").contains(name) ? "handles" : name;
  }

  @Test
  void rootPackageHasAtMost28Files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/java", ROOT.replace('.', '/')))) {
      assertTrue(files.filter(Files::isRegularFile).count() <= 28);
    }
  }

  @Test
  void packagesHaveNoDependencyCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(PROJECT);
  }

  @Test
  void everyPackageHasListOfAllowedDependencies() {
    Set<String> packages =
        PROJECT.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    assertEquals(
        USES.keySet().stream().map(ArchitectureTest::named).collect(Collectors.toSet()), packages);
  }

  /** NullAway checks only such packages. */
  @Test
  void everyPackageIsNullMarked() {
    Set<String> others =
        PROJECT.stream()
            .filter(type -> !type.getPackage().isAnnotatedWith(NullMarked.class))
            .map(JavaClass::getPackageName)
            .collect(Collectors.toSet());
    assertEquals(Set.of(), others);
  }

  @Test
  void onlyTheBridgeUsesLibvirtJava() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".libvirtjava")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.libvirt..")
        .check(PROJECT);
  }

  @Test
  void onlyTheExtensionUsesJunit() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".junit")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.opentest4j..")
        .check(PROJECT);
  }

  @Test
  void plansAndRevertsDoNotMakeNativeCalls() {
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".junit",
            ROOT + ".revert",
            ROOT + ".creation",
            ROOT + ".guest",
            ROOT + ".plan..",
            ROOT + ".snapshots..",
            ROOT + ".archive",
            ROOT + ".images",
            ROOT + ".definition",
            ROOT + ".xml")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(LibvirtLibrary.class)
        .check(PROJECT);
  }

  @Test
  void runtimeDependenciesAreJdkJnaAndGuava() {
    classes()
        .that()
        .resideOutsideOfPackages(ROOT + ".libvirtjava", ROOT + ".junit")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            ROOT + "..",
            "java..",
            "javax.xml..",
            "jdk.jfr..",
            "org.w3c.dom..",
            "org.xml.sax..",
            "com.sun.jna..",
            "com.google.common..",
            "org.jspecify.annotations..")
        .check(PROJECT);
  }

  /**
   * A new user reads the list of these types first. The limit was 75 before the addresses of a
   * guest were added (DomainInterface, InterfaceAddressSource), and the probes of a guest
   * (GuestProbe, ProbeResult, GuestNotReadyException), and its network (GuestNetwork,
   * DeviceModifyFlag), and the pool of reverted domains (8 types), and the archive of a domain's
   * snapshots (SnapshotArchive, ArchivePlan, ArchiveException), and the taking of snapshots
   * (SnapshotMaker, SnapshotPlan, TakenSnapshot, SnapshotException).
   */
  @Test
  void javadocGroupsListAllPackagesWithAtMost96TypesForUsers() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    Set<String> hidden = packages(pom, "<excludePackageNames>(.*?)</");
    Set<String> forUsers = packages(pom, FOR_USERS);
    Set<String> underneath = packages(pom, UNDERNEATH);

    assertEquals(
        Sets.difference(
            USES.keySet().stream().map(ArchitectureTest::named).collect(Collectors.toSet()),
            hidden),
        Sets.union(forUsers, underneath));
    assertEquals(Set.of(named("jna")), underneath);
    long types =
        PROJECT.stream()
            .filter(type -> forUsers.contains(type.getPackageName()))
            .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(PUBLIC))
            .count();
    assertTrue(types <= 96, types + " public types");
  }

  /** JUnit tests of a module would break if it were required: see module-info.java. */
  @Test
  void moduleExportsPackagesOfTheJavadocAndDoesNotRequireJunit() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    ModuleDescriptor module;
    try (InputStream descriptor =
        Files.newInputStream(Path.of("target/classes/module-info.class"))) {
      module = ModuleDescriptor.read(descriptor);
    }

    assertEquals(
        Sets.union(packages(pom, FOR_USERS), packages(pom, UNDERNEATH)),
        module.exports().stream()
            .filter(exports -> !exports.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toSet()));
    assertEquals(
        Set.of("com.google.common", "com.sun.jna", "java.base", "java.xml", "jdk.jfr"),
        required(module, requires -> !requires.modifiers().contains(Modifier.STATIC)));
    assertEquals(
        Set.of("libvirt", "org.jspecify"),
        required(module, requires -> requires.modifiers().contains(Modifier.STATIC)));
  }

  private static Set<String> required(
      ModuleDescriptor module, Predicate<ModuleDescriptor.Requires> which) {
    return module.requires().stream()
        .filter(which)
        .map(ModuleDescriptor.Requires::name)
        .collect(Collectors.toSet());
  }

  private static Set<String> packages(String pom, String pattern) {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(pom);
    assertTrue(matcher.find(), pattern);
    return Set.of(matcher.group(1).split(":"));
  }

  /** A user can neither look up another type in the Javadoc nor create an object of it. */
  @Test
  void publicSignaturesInTheJavadocUseOnlyTypesOfTheJavadoc() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    Set<String> documented = Sets.union(packages(pom, FOR_USERS), packages(pom, UNDERNEATH));
    DescribedPredicate<JavaClass> known =
        resideInAnyPackage(documented.toArray(String[]::new))
            .or(resideInAnyPackage("", "java..", "com.sun.jna..", "org.junit..", "org.libvirt.."));

    Map<String, Set<String>> unknown = new TreeMap<>();
    PROJECT.stream()
        .filter(type -> documented.contains(type.getPackageName()) && isPublic(type))
        .flatMap(type -> type.getCodeUnits().stream())
        .filter(method -> method.getModifiers().contains(PUBLIC))
        .forEach(
            method -> {
              Set<String> types =
                  Stream.concat(
                          Stream.of(method.getReturnType()), method.getParameterTypes().stream())
                      .flatMap(used -> used.getAllInvolvedRawTypes().stream())
                      .filter(DescribedPredicate.not(known))
                      .map(JavaClass::getName)
                      .collect(Collectors.toSet());
              if (!types.isEmpty()) {
                unknown.put(method.getFullName(), types);
              }
            });
    assertEquals(Map.of(), unknown);
  }

  /** Returns whether a type and all types around it are public. */
  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::isPublic).orElse(true);
  }

  @Test
  void publicSignaturesDoNotUseGuava() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should()
        .notHaveRawReturnType(resideInAPackage("com.google.."))
        .andShould()
        .notHaveRawParameterTypes(
            DescribedPredicate.anyElementThat(resideInAPackage("com.google..")))
        .because("the jar with all dependencies relocates Guava to another package")
        .check(PROJECT);
  }
}
