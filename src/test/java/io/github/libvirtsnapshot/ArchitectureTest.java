package io.github.libvirtsnapshot;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
        .layer("revert")
        .definedBy(ROOT + ".revert")
        .layer("libvirtjava")
        .definedBy(ROOT + ".libvirtjava")
        .layer("handles")
        .definedBy(ROOT)
        .layer("jna")
        .definedBy(ROOT + ".jna")
        .whereLayer("revert")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("handles")
        .mayOnlyBeAccessedByLayers("revert", "libvirtjava")
        .whereLayer("libvirtjava")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("jna")
        .mayOnlyBeAccessedByLayers("handles")
        .check(project);
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
  void revertingKnowsNothingOfNativeCode() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".revert")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.sun.jna..", ROOT + ".jna")
        .check(project);
  }

  @Test
  void atRunTimeThereIsOnlyTheJdkWithJnaAndGuava() {
    classes()
        .that()
        .resideOutsideOfPackage(ROOT + ".libvirtjava")
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
        .because("the drop-in jar has it under another name")
        .check(project);
  }
}
