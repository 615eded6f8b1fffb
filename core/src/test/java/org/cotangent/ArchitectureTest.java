package org.cotangent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.cotangent.graph.Op;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows of ARCHITECTURE.md: what each package may import. */
@Tag("development")
class ArchitectureTest {
  private static final String ROOT = "org.cotangent";

  /** Each package with the packages it may use, beside itself and the JDK. */
  private static final Map<String, List<String>> ARROWS =
      Map.ofEntries(
          Map.entry("error", List.of()),
          Map.entry("event", List.of()),
          Map.entry("type", List.of("error")),
          Map.entry("scalar", List.of("type", "error")),
          Map.entry("graph", List.of("scalar", "type", "error")),
          Map.entry("op", List.of("graph", "scalar", "type", "error")),
          Map.entry("autodiff", List.of("op", "graph", "scalar", "type", "error")),
          Map.entry("backend", List.of("event", "graph", "scalar", "type", "error")),
          Map.entry(
              "compile",
              List.of("backend", "event", "autodiff", "op", "graph", "scalar", "type", "error")),
          Map.entry(
              "cpu",
              List.of(
                  "cpu.tile",
                  "cpu.gemm",
                  "cpu.tier",
                  "backend",
                  "event",
                  "graph",
                  "scalar",
                  "type",
                  "error")),
          Map.entry("cpu.tile", List.of("cpu.tier", "scalar", "type", "error")),
          Map.entry("cpu.gemm", List.of("cpu.tier", "type", "error")),
          Map.entry("cpu.tier", List.of("error")),
          Map.entry("file", List.of("error")),
          Map.entry("numpy", List.of("file", "type", "error")),
          // The user's side of the house: "" is the package of the face.
          Map.entry("nn", List.of("", "op", "graph", "scalar", "type", "error")),
          Map.entry("io", List.of("", "numpy", "file", "type", "error")),
          Map.entry("optim", List.of("", "type", "error")));

  /** Of the package {@code java.lang.foreign}. */
  private static final Set<String> RESTRICTED =
      Set.of("reinterpret", "downcallHandle", "upcallStub", "libraryLookup");

  private static final JavaClasses ENGINE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @TestFactory
  List<DynamicTest> packagesImportOnlyWhatStandsLeftOfThem() {
    return ARROWS.entrySet().stream()
        .map(arrow ->
            DynamicTest.dynamicTest(
                arrow.getKey(),
                () -> {
                  List<String> allowed =
                      new ArrayList<>(
                          List.of(
                              "java..",
                              "jdk.incubator.vector..",
                              "jdk.jfr..",
                              // Of the JDK, module jdk.management.
                              "com.sun.management..",
                              "org.jspecify..",
                              ROOT + "." + arrow.getKey()));
                  arrow.getValue().stream()
                      .map(name -> name.isEmpty() ? ROOT : ROOT + "." + name)
                      .forEach(allowed::add);
                  classes()
                      .that()
                      .resideInAPackage(ROOT + "." + arrow.getKey())
                      .should()
                      .onlyDependOnClassesThat()
                      .resideInAnyPackage(allowed.toArray(String[]::new))
                      .check(ENGINE);
                }))
        .toList();
  }

  @Test
  void everyPackageHasItsArrows() {
    classes()
        .that()
        .resideInAPackage(ROOT + "..")
        .should()
        .resideInAnyPackage(
            Stream.concat(Stream.of(ROOT), ARROWS.keySet().stream().map(name -> ROOT + "." + name))
                .toArray(String[]::new))
        .check(ENGINE);
  }

  @Test
  void opsAreRecordsOrImmutableClasses() {
    classes()
        .that()
        .areAssignableTo(Op.class)
        .and()
        .areNotInterfaces()
        .should()
        .haveOnlyFinalFields()
        .check(ENGINE);
  }

  @Test
  void thereIsNoMutableStaticState() {
    noFields()
        .that()
        .areStatic()
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage(ROOT + "..")
        .should()
        .notHaveModifier(JavaModifier.FINAL)
        .check(ENGINE);
  }

  @Test
  void onlyHugePagesCallRestrictedMethods() {
    // Others would need --enable-native-access on the command line of every user; these ask whether
    // it is there.
    for (Class<?> owner : List.of(MemorySegment.class, Linker.class, SymbolLookup.class)) {
      for (Method method : owner.getMethods()) {
        if (RESTRICTED.contains(method.getName())) {
          noClasses()
              .that()
              .doNotHaveFullyQualifiedName(ROOT + ".cpu.HugePages")
              .should()
              .callMethod(owner, method.getName(), method.getParameterTypes())
              .check(ENGINE);
        }
      }
    }
  }
}
