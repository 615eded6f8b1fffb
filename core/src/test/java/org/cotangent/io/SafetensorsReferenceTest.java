package org.cotangent.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.cotangent.error.FormatException;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.numpy.NumPyDType;
import org.cotangent.numpy.RealNumPy;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that Python wrote, good and bad, and ours: {@code safetensors_reference.py}, which knows
 * nothing of this package, finds the same in each and refuses the same.
 */
class SafetensorsReferenceTest {
  @TempDir private Path folder;

  /** Random bytes of any dtype; those of bool are 0 and 1. */
  static HostArray random(DType dtype, Shape shape, Random random) {
    HostArray array = HostArray.allocate(new TensorType(dtype, shape));
    for (long at = 0; at < array.data().byteSize(); at++) {
      array
          .data()
          .set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(dtype == DType.BOOL ? 2 : 256));
    }
    return array;
  }

  private static Map<String, HostArray> arrays() {
    Random random = new Random(3);
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    for (Shape shape : List.of(Shape.of(7, 5), Shape.SCALAR, Shape.of(0, 3), Shape.of(70_001))) {
      for (DType dtype : DType.values()) {
        arrays.put(
            "größe.\"" + shape.rank() + "\".\n" + dtype + shape, random(dtype, shape, random));
      }
    }
    return arrays;
  }

  private static String script() throws IOException {
    return Files.readString(
        Path.of(
            System.getProperty("cotangent.basedir"), "src/test/python/safetensors_reference.py"));
  }

  private static List<String> ours(Path path) {
    String file = path.getFileName().toString().replace(".safetensors", "");
    List<String> lines = new ArrayList<>();
    try (Safetensors tensors = Safetensors.open(path)) {
      tensors.names().stream()
          .sorted((a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray()))
          .forEach(name -> lines.add(file + "|" + line(name, tensors.get(name))));
      lines.add(file + "|whole");
    } catch (FormatException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("open: " + path + ": "), e.toString());
      lines.add(file + "|refused");
    }
    return lines;
  }

  private static String line(String name, NumPyArray array) {
    CRC32 checksum = new CRC32();
    checksum.update(array.data().toArray(ValueLayout.JAVA_BYTE));
    return String.join(
        "|",
        ascii(name),
        code(array.dtype()),
        Arrays.toString(array.shape().dims()),
        Long.toString(checksum.getValue()));
  }

  private static String code(NumPyDType dtype) {
    return switch (dtype.element()) {
      case BOOL -> "BOOL";
      case VOID16 -> "BF16";
      default ->
          Character.toUpperCase(dtype.element().toString().charAt(0)) + "" + 8 * dtype.bytes();
    };
  }

  /** As Python's {@code ascii} does. */
  private static String ascii(String name) {
    char quote = name.contains("'") && !name.contains("\"") ? '"' : '\'';
    StringBuilder text = new StringBuilder().append(quote);
    name.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            default -> {
              if (c == '\\' || c == quote) {
                text.append('\\').appendCodePoint(c);
              } else if (c >= ' ' && c < 127) {
                text.appendCodePoint(c);
              } else {
                text.append(
                    String.format(c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c));
              }
            }
          }
        });
    return text.append(quote).toString();
  }

  @Test
  void whatPythonFinds() throws Exception {
    Path mine = folder.resolve("mine.safetensors");
    Safetensors.write(mine, arrays(), Map.of("format", "pt", "b", "\u0001 \"\\\uD83D\uDE00"));
    List<String> expected = RealNumPy.run(script(), folder);
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.sorted().toList();
    }
    Map<String, List<String>> byFile = new LinkedHashMap<>();
    for (String line : expected) {
      byFile
          .computeIfAbsent(line.substring(0, line.indexOf('|')), _ -> new ArrayList<>())
          .add(line);
    }
    assertEquals(files.size(), byFile.size());
    for (Path file : files) {
      String name = file.getFileName().toString().replace(".safetensors", "");
      assertEquals(byFile.get(name), ours(file), name);
    }
    assertEquals(arrays().size() + 1, byFile.getOrDefault("mine", List.of()).size());
    long whole = expected.stream().filter(line -> line.endsWith("|whole")).count();
    assertTrue(whole > 50 && whole < files.size() - 500, whole + " of " + files.size());
  }

  /** The original's order, names and padding: what Python writes so, we write byte for byte. */
  @Test
  void whatIsWrittenAgainIsTheSame() throws Exception {
    RealNumPy.run(script(), folder);
    Path path = folder.resolve("ours.safetensors");
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    Map<String, String> metadata;
    try (Safetensors file = Safetensors.open(path)) {
      metadata = file.metadata();
      for (String name : file.names().reversed()) {
        NumPyArray array = file.get(name);
        arrays.put(name, array.toHost(array.dtype().element().nearest()));
      }
    }
    assertEquals(Map.of("format", "np", "größe", "a \"quoted\"\nline\t\0"), metadata);
    assertEquals(50, arrays.size());
    Path again = folder.resolve("again.safetensors");
    Safetensors.write(again, arrays, metadata);
    assertArrayEquals(Files.readAllBytes(path), Files.readAllBytes(again));
  }
}
