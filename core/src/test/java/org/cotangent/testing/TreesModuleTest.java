package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import org.cotangent.Device;
import org.cotangent.Scope;
import org.cotangent.Tensor;
import org.cotangent.Trees;
import org.cotangent.error.ArgumentException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of a named module: the engine may read them only if the module opens their package. */
@Tag("development")
class TreesModuleTest {
  @TempDir private Path directory;

  /** A record of a module with some more in its declaration, made by the module itself. */
  private Object layer(String module, String more, Tensor w)
      throws IOException, ReflectiveOperationException {
    Path sources = directory.resolve("sources-of-" + module);
    List<String> arguments =
        List.of(
            "-d",
            directory.resolve(module).toString(),
            write(sources, "module-info", "module " + module + " { exports api; " + more + "}"),
            write(sources, "model/Layer", "package model; public record Layer(Object w, int n) {}"),
            write(
                sources,
                "api/Maker",
                "package api; public final class Maker implements"
                    + " java.util.function.UnaryOperator<Object> { public Object apply(Object w) {"
                    + " return new model.Layer(w, 3); } }"));
    StringWriter output = new StringWriter();
    PrintWriter print = new PrintWriter(output);
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(print, print, arguments.toArray(String[]::new));
    assertEquals(0, status, output.toString());
    ModuleLayer boot = ModuleLayer.boot();
    Configuration found =
        boot.configuration()
            .resolve(ModuleFinder.of(directory.resolve(module)), ModuleFinder.of(), Set.of(module));
    Object maker =
        boot.defineModulesWithOneLoader(found, ClassLoader.getSystemClassLoader())
            .findLoader(module)
            .loadClass("api.Maker")
            .getConstructor()
            .newInstance();
    return maker.getClass().getMethod("apply", Object.class).invoke(maker, w);
  }

  private static String write(Path directory, String name, String source) throws IOException {
    Path file = directory.resolve(name + ".java");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, source).toString();
  }

  @Test
  void aModuleThatOpensItsPackage() throws IOException, ReflectiveOperationException {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Object tree = layer("open.model", "opens model;", device.scalar(2));
      assertEquals("Layer[w=4.0, n=3]", Trees.map(tree, t -> t.mul(2)).toString());
    }
  }

  @Test
  void aModuleThatDoesNotIsToldTheLineToAdd() throws IOException, ReflectiveOperationException {
    try (Device device = Device.cpu();
        Scope _ = device.open()) {
      Object tree = layer("closed.model", "", device.scalar(2));
      String message =
          FaceErrors.message(ArgumentException.class, () -> Trees.leaves(List.of(tree)));
      assertTrue(
          message.startsWith(
              "leaves: [0] is a record of module closed.model, which is closed to the engine; add"
                  + " `opens model to org.cotangent;` to its module-info.java (at TreesModuleTest"),
          message);
    }
  }
}
