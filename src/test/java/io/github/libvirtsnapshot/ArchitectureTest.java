package io.github.libvirtsnapshot;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds what docs/architecture.md says. */
class ArchitectureTest {
  private static final String ROOT = "io.github.libvirtsnapshot";

  private final JavaClasses project =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void dependenciesPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("junit")
        .definedBy(ROOT + ".junit")
        .layer("fleet")
        .definedBy(ROOT + ".fleet")
        .layer("revert")
        .definedBy(ROOT + ".revert")
        .layer("guest")
        .definedBy(ROOT + ".guest")
        .layer("plan")
        .definedBy(ROOT + ".plan")
        .layer("snapshots")
        .definedBy(ROOT + ".snapshots")
        .layer("images")
        .definedBy(ROOT + ".images")
        .layer("xml")
        .definedBy(ROOT + ".xml")
        .layer("libvirtjava")
        .definedBy(ROOT + ".libvirtjava")
        .layer("root")
        .definedBy(ROOT)
        .layer("flags")
        .definedBy(ROOT + ".flags")
        .layer("jna")
        .definedBy(ROOT + ".jna")
        .whereLayer("junit")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("fleet")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("revert")
        .mayOnlyBeAccessedByLayers("junit", "fleet")
        .whereLayer("libvirtjava")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("guest")
        .mayOnlyBeAccessedByLayers("junit", "revert")
        .whereLayer("guest")
        .mayOnlyAccessLayers("root", "flags", "xml")
        .whereLayer("plan")
        .mayOnlyBeAccessedByLayers("revert", "fleet")
        .whereLayer("snapshots")
        .mayOnlyBeAccessedByLayers("revert", "plan")
        .whereLayer("images")
        .mayOnlyBeAccessedByLayers("revert", "plan")
        .whereLayer("images")
        .mayOnlyAccessLayers("xml")
        .whereLayer("xml")
        .mayOnlyBeAccessedByLayers("revert", "plan", "guest", "snapshots", "images")
        .whereLayer("xml")
        .mayNotAccessAnyLayer()
        .whereLayer("root")
        .mayOnlyBeAccessedByLayers(
            "junit", "fleet", "revert", "plan", "guest", "snapshots", "libvirtjava")
        .whereLayer("flags")
        .mayOnlyBeAccessedByLayers("junit", "revert", "plan", "guest", "snapshots", "root")
        .whereLayer("jna")
        .mayNotAccessAnyLayer()
        .check(project);
  }

  @Test
  void noPackageIsInACircle() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(project);
  }

  @Test
  void everyPackageIsInTheLayout() {
    Set<String> packages =
        project.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    assertEquals(
        Set.of(
            ROOT,
            ROOT + ".flags",
            ROOT + ".jna",
            ROOT + ".xml",
            ROOT + ".images",
            ROOT + ".snapshots",
            ROOT + ".plan",
            ROOT + ".guest",
            ROOT + ".revert",
            ROOT + ".junit",
            ROOT + ".fleet",
            ROOT + ".libvirtjava"),
        packages);
  }

  @Test
  void onlyTheBridgeKnowsLibvirtJava() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".libvirtjava")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.libvirt..")
        .check(project);
  }

  @Test
  void onlyTheExtensionKnowsJunit() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".junit")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.opentest4j..")
        .check(project);
  }

  @Test
  void plansAndRevertsKnowNothingOfNativeCalls() {
    noClasses()
        .that()
        .resideInAnyPackage(
            ROOT + ".junit",
            ROOT + ".revert",
            ROOT + ".guest",
            ROOT + ".plan",
            ROOT + ".snapshots",
            ROOT + ".images",
            ROOT + ".xml")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(LibvirtLibrary.class)
        .check(project);
  }

  @Test
  void atRunTimeThereIsOnlyTheJdkWithJnaAndGuava() {
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
            "com.google.common..")
        .check(project);
  }

  @Test
  void guavaIsInNoPublicSignature() {
    methods()
        .that()
        .arePublic()
        .should()
        .notHaveRawReturnType(resideInAPackage("com.google.."))
        .andShould()
        .notHaveRawParameterTypes(
            DescribedPredicate.anyElementThat(resideInAPackage("com.google..")))
        .because("the jar with all dependencies has it under another name")
        .check(project);
  }
}
