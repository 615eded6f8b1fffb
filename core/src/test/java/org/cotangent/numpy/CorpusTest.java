package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some three thousand odd and malformed files, made by {@code npy_corpus.py}, each with NumPy's own
 * verdict: what NumPy reads is read here, to the bit, and what it refuses is refused. The
 * deliberate differences are listed.
 */
class CorpusTest {
  /** Where the two differ on purpose. */
  enum Deliberate {
    /** A size below 0 is an error here; NumPy takes it for what is left. */
    NEGATIVE_SIZES {
      @Override
      boolean explains(String numPys, String ours) {
        return ours.contains("shape: negative size");
      }
    },
    /** Elements that the engine has no use for; the message says what to do in NumPy. */
    DTYPES {
      @Override
      boolean explains(String numPys, String ours) {
        return ours.contains("is not supported; in NumPy save");
      }
    },
    /** 64 axes, as NumPy has since version 2; before it had 32. */
    AXES {
      @Override
      boolean explains(String numPys, String ours) {
        return ours.startsWith("ok") && ours.split("\t", -1)[2].split(",", -1).length > 32;
      }
    };

    abstract boolean explains(String numPys, String ours);
  }

  @TempDir Path folder;

  private static String ours(Path file) {
    try {
      NumPyArray array = NumPyArray.load(file);
      MemorySegment data = array.data();
      try (Arena arena = Arena.ofConfined()) {
        if (array.order() == Order.FORTRAN) {
          data = arena.allocate(array.data().byteSize());
          Reorder.fortranToC(array.data(), data, array.shape(), array.dtype().element().bytes());
        }
        boolean isFortran = array.order() == Order.FORTRAN && !Reorder.isSame(array.shape());
        return String.join(
            "\t",
            "ok",
            array.dtype().descr(),
            LongStream.of(array.shape().dims())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(",")),
            isFortran ? "F" : "C",
            HexFormat.of().formatHex(data.toArray(ValueLayout.JAVA_BYTE)));
      }
    } catch (FormatException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("load: " + file), e.getMessage());
      return "refused: " + e.getMessage();
    }
  }

  @Test
  void theVerdictIsNumPys() throws Exception {
    Path script = Path.of(System.getProperty("cotangent.basedir"), "src/test/python/npy_corpus.py");
    List<String> differences = new ArrayList<>();
    Set<Deliberate> seen = EnumSet.noneOf(Deliberate.class);
    List<String> lines = RealNumPy.run(Files.readString(script), folder);
    for (String line : lines) {
      String[] parts = line.split("\t", 3);
      String numPys = parts[2];
      String ours = ours(folder.resolve(parts[0] + ".npy")).replace(folder.toString(), "");
      if (numPys.equals(ours) || (numPys.startsWith("refused") && ours.startsWith("refused"))) {
        continue;
      }
      Optional<Deliberate> reason =
          Stream.of(Deliberate.values()).filter(d -> d.explains(numPys, ours)).findFirst();
      reason.ifPresentOrElse(
          seen::add, () -> differences.add(parts[1] + ": NumPy " + numPys + ", here " + ours));
    }
    assertEquals(List.of(), differences, () -> differences.size() + " of " + lines.size());
    assertTrue(lines.size() > 3000, lines.size() + " files");
    assertTrue(seen.containsAll(Set.of(Deliberate.NEGATIVE_SIZES, Deliberate.DTYPES)), "" + seen);
  }
}
