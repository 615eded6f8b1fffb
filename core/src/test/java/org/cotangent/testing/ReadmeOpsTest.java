package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.Cotangent;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Peers;
import org.cotangent.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The README's table of ops is what {@link Peers} says. Run with {@code -Dcotangent.readme.write}
 * to write it again.
 */
class ReadmeOpsTest {
  private static final Path README =
      Path.of(System.getProperty("cotangent.basedir", ".")).resolve("../README.md");

  private static final String START = "<!-- ops: written by ReadmeOpsTest -->\n";
  private static final String END = "<!-- end of ops -->\n";

  /** Methods of Tensor that give a tensor and yet are no op. */
  private static final List<String> NO_OPS = List.of("apply", "composed", "to", "frozen");

  @Tag("development")
  @Test
  void theReadmeHasTheTable() throws IOException {
    String readme = Files.readString(README);
    int start = readme.indexOf(START) + START.length();
    int end = readme.indexOf(END);
    assertTrue(start >= START.length() && end >= start, "the README lacks the marks of the table");
    String table = table();
    if (System.getProperty("cotangent.readme.write") != null) {
      readme = readme.substring(0, start) + table + readme.substring(end);
      Files.writeString(README, readme);
    } else {
      assertLinesMatch(
          table.lines(),
          readme.substring(start, end).lines(),
          "run: mvn test -pl core -Dtest=ReadmeOpsTest -DplainTwin.skip -Dcotangent.readme.write");
    }
  }

  /** Each op names its peers, in one of its overloads. */
  @Test
  void everyOpOfATensorIsInTheTable() {
    TreeSet<String> missing = new TreeSet<>();
    TreeSet<String> named = new TreeSet<>(NO_OPS);
    for (Method method : Tensor.class.getDeclaredMethods()) {
      if (method.isAnnotationPresent(Peers.class)) {
        named.add(method.getName());
      } else if (method.accessFlags().contains(AccessFlag.PUBLIC)
          && method.getReturnType() == Tensor.class) {
        missing.add(method.getName());
      }
    }
    missing.removeAll(named);
    assertEquals(new TreeSet<>(), missing);
  }

  private static String table() throws IOException {
    StringBuilder table =
        new StringBuilder("\n| here | NumPy | JAX | PyTorch |\n|---|---|---|---|\n");
    for (Class<?> owner : owners()) {
      for (MethodModel method : methods(owner)) {
        peers(method)
            .ifPresent(peers ->
                table.append(
                    "| %s | %s | %s | %s |%n"
                        .formatted(
                            code(name(owner, method)),
                            code(peers.getOrDefault("numpy", "")),
                            code(peers.getOrDefault("jax", "")),
                            code(peers.getOrDefault("torch", "")))));
      }
    }
    return table.append("\n").toString();
  }

  private static String name(Class<?> owner, MethodModel method) {
    String name = method.methodName().stringValue();
    return owner == Tensor.class && !method.flags().has(AccessFlag.STATIC)
        ? name
        : owner.getSimpleName() + "." + name;
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text.replace("|", "\\|") + "`";
  }

  /** The face first, then the helpers of models by name. */
  private static List<Class<?>> owners() throws IOException {
    List<Class<?>> owners =
        new ArrayList<>(List.of(Tensor.class, Device.class, Key.class, Cotangent.class));
    Path nn = classes().resolve("org/cotangent/nn");
    try (Stream<Path> files = Files.list(nn)) {
      for (Path file : files.sorted().toList()) {
        String simple = file.getFileName().toString().replace(".class", "");
        if (!simple.contains("-") && !simple.contains("$")) {
          owners.add(type("org.cotangent.nn." + simple));
        }
      }
    }
    return owners;
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Path classes() {
    return Path.of(
        URI.create(Tensor.class.getProtectionDomain().getCodeSource().getLocation().toString()));
  }

  /** As they stand in the source; reflection promises no order. */
  private static List<MethodModel> methods(Class<?> owner) throws IOException {
    Path file = classes().resolve(owner.getName().replace('.', '/') + ".class");
    return ClassFile.of().parse(file).methods();
  }

  private static Optional<Map<String, String>> peers(MethodModel method) {
    return method
        .findAttribute(Attributes.runtimeVisibleAnnotations())
        .flatMap(all -> all.annotations().stream().filter(ReadmeOpsTest::isPeers).findFirst())
        .map(annotation ->
            annotation.elements().stream()
                .collect(Collectors.toMap(e -> e.name().stringValue(), ReadmeOpsTest::text)));
  }

  private static boolean isPeers(Annotation annotation) {
    return annotation.classSymbol().equals(Peers.class.describeConstable().orElseThrow());
  }

  private static String text(AnnotationElement element) {
    return ((AnnotationValue.OfString) element.value()).stringValue();
  }
}
