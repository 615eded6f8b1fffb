package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.error.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that are wrong, or hold what is not supported: path and reason, and NumPy's own verdict.
 */
class MalformedNpyTest {
  enum NumPyToo {
    REFUSES,
    TAKES
  }

  /** A file that must be refused for this reason. */
  record Bad(String reason, NumPyToo numPy, String latin1) {
    private Bad(String reason, NumPyToo numPy, byte[] bytes) {
      this(reason, numPy, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private byte[] bytes() {
      return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return reason;
    }
  }

  private static Bad bad(String reason, byte[] bytes) {
    return new Bad(reason, NumPyToo.REFUSES, bytes);
  }

  private static Bad header(String reason, String header) {
    return bad(reason, NpyBytes.file(1, header, new byte[64]));
  }

  private static Bad shape(String reason, String shape) {
    return header(reason, NpyBytes.header("'<f4'", "False", shape));
  }

  private static Bad descr(String reason, NumPyToo numPy, String descr) {
    String header = NpyBytes.header(descr, "False", "(2,)");
    return new Bad(reason, numPy, NpyBytes.file(1, header, new byte[64]));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] good() {
    String header = NpyBytes.header("'<f4'", "False", "(3, 4)");
    return NpyBytes.file(1, header, new byte[48]);
  }

  private static Stream<Bad> table() {
    byte[] good = good();
    byte[] huge = NpyBytes.file(2, NpyBytes.header("'<f4'", "False", "(3,)"), new byte[12]);
    Arrays.fill(huge, 8, 12, (byte) 0xff);
    return Stream.of(
        bad("no .npy file: empty", new byte[0]),
        bad("it does not start with \\x93NUMPY", ascii("hello, world, this is no array")),
        bad("open an .npz with Npz.open", new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0}),
        bad("a Python pickle, which is never loaded", new byte[] {(byte) 0x80, 4, 'K', 1, '.'}),
        bad("truncated in the header", Arrays.copyOf(good, 3)),
        bad("truncated in the header", Arrays.copyOf(good, 7)),
        bad("truncated in the header", Arrays.copyOf(good, 9)),
        bad("truncated in the header", Arrays.copyOf(good, 40)),
        bad(
            "truncated: float32(3, 4) has 48 bytes, 47 are there",
            Arrays.copyOf(good, good.length - 1)),
        bad(
            "truncated: float32(3, 4) has 48 bytes, 0 are there",
            Arrays.copyOf(good, good.length - 48)),
        bad("format version 4.0 is unknown", NpyBytes.file(4, "{}", new byte[0])),
        bad("format version 0.0 is unknown", NpyBytes.file(0, "{}", new byte[0])),
        bad("format version 255.0 is unknown", NpyBytes.file(255, "{}", new byte[0])),
        bad("header of 4294967295 bytes; at most 10000 are read", huge),
        bad("header of 10001 bytes", NpyBytes.file(1, " ".repeat(10_001), new byte[0])),
        bad("not UTF-8", NpyBytes.file(3, "{'descr\u00ff': 1}", new byte[0])),
        header("ends too early", ""),
        header("ends too early", "{'descr': '<f4'"),
        header("ends too early", "{'descr': "),
        header("string without end", "{'descr': '<f4"),
        header("line break in a string", "{'de\nscr': '<f4'}"),
        header("no dictionary", "('<f4', False, (2,))"),
        header("expected a Python literal", "[x for x in ()]"),
        header("expected a Python literal", "__import__('os').system('true')"),
        header("expected ':'", "{'descr'}"),
        header("expected ','", "{'descr': '<f4' 'fortran_order': False}"),
        header("text after the end", NpyBytes.header("'<f4'", "False", "(2,)") + "x"),
        header("brackets nested deeper than 32", "(".repeat(5000)),
        header("the keys are ['descr', 'shape']", "{'descr': '<f4', 'shape': (2,)}"),
        header(
            "the keys are ['descr', 'fortran_order', 'shape', 'x']",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}"),
        header("they must be 'descr', 'fortran_order' and 'shape'", "{}"),
        header("fortran_order is 0, neither", NpyBytes.header("'<f4'", "0", "(2,)")),
        header("fortran_order is 'False', neither", NpyBytes.header("'<f4'", "'False'", "(2,)")),
        header("fortran_order is None, neither", NpyBytes.header("'<f4'", "None", "(2,)")),
        shape("shape is 2, no tuple of integers", "2"),
        shape("shape is 2, no tuple of integers", "(2)"),
        shape("shape is [2], no tuple of integers", "[2]"),
        shape("shape is ('2',), no tuple of integers", "('2',)"),
        shape("shape is (2, None), no tuple of integers", "(2, None)"),
        shape("expected an integer", "(2.0,)"),
        shape("number with a leading zero", "(02,)"),
        shape("expected an integer", "(-,)"),
        shape("expected a Python literal", "(,)"),
        shape("number does not fit 64 bits", "(9223372036854775808,)"),
        shape("number does not fit 64 bits", "(" + "9".repeat(4000) + ",)"),
        shape("too many elements", "(9223372036854775807, 2)"),
        shape("too many elements", "(4294967296, 4294967296)"),
        shape("has 4611686018427387900 bytes, 64 are there", "(1152921504606846975,)"),
        shape("at most 64 are read", "(" + "1,".repeat(65) + ")"),
        new Bad(
            "negative size -1 in (-1,)",
            NumPyToo.TAKES,
            NpyBytes.file(1, NpyBytes.header("'<f4'", "False", "(-1,)"), new byte[64])),
        new Bad(
            "negative size -3 in (2, -3)",
            NumPyToo.TAKES,
            NpyBytes.file(1, NpyBytes.header("'<f4'", "False", "(2, -3)"), new byte[64])),
        descr("dtype '<f3' is not understood", NumPyToo.REFUSES, "'<f3'"),
        descr("dtype '<float32' is not understood", NumPyToo.REFUSES, "'<float32'"),
        descr("dtype '<f4 ' is not understood", NumPyToo.REFUSES, "'<f4 '"),
        descr("dtype '' is not understood", NumPyToo.REFUSES, "''"),
        descr("dtype '>' is not understood", NumPyToo.REFUSES, "'>'"),
        descr("dtype 4 is not understood", NumPyToo.REFUSES, "4"),
        descr("dtype long double ('<f16')", NumPyToo.TAKES, "'<f16'"),
        descr("in NumPy save a.real and a.imag", NumPyToo.TAKES, "'>c8'"),
        descr("dtype complex ('complex64')", NumPyToo.TAKES, "'complex64'"),
        descr("dtype datetime64 ('<M8[ns]')", NumPyToo.TAKES, "'<M8[ns]'"),
        descr("dtype timedelta64 ('<m8')", NumPyToo.TAKES, "'<m8'"),
        descr("dtype text ('<U3')", NumPyToo.TAKES, "'<U3'"),
        descr("dtype text ('|S5')", NumPyToo.TAKES, "'|S5'"),
        descr("dtype raw bytes ('|V8')", NumPyToo.TAKES, "'|V8'"),
        descr("pickled Python objects are never loaded", NumPyToo.REFUSES, "'|O'"),
        descr(
            "dtype structured ('[('x', '<f4'), ('y', '>i2')]')",
            NumPyToo.TAKES,
            "[('x', '<f4'), ('y', '>i2')]"));
  }

  @ParameterizedTest
  @MethodSource("table")
  void isRefusedWithPathAndReason(Bad bad, @TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("bad.npy"), bad.bytes());
    FormatException e = assertThrows(FormatException.class, () -> NumPyArray.load(file));
    assertMessage("load: " + file + ": ", bad.reason(), e);
    InputStream in = new ByteArrayInputStream(bad.bytes());
    e = assertThrows(FormatException.class, () -> NumPyArray.read(in, "socket 7"));
    assertMessage("read: socket 7: ", bad.reason(), e);
  }

  /** A referee for the table itself: where NumPy differs the table says so. */
  @Test
  void numPyAgrees(@TempDir Path folder) throws Exception {
    List<Bad> table = table().toList();
    for (int i = 0; i < table.size(); i++) {
      Files.write(folder.resolve(i + ".npy"), table.get(i).bytes());
    }
    List<String> verdicts =
        RealNumPy.run(
            """
            import sys, numpy as np
            for i in range(int(sys.argv[2])):
                try:
                    np.load(f'{sys.argv[1]}/{i}.npy', allow_pickle=False)
                    print('TAKES')
                except Exception:
                    print('REFUSES')
            """,
            folder,
            Path.of(Integer.toString(table.size())));
    for (int i = 0; i < table.size(); i++) {
      assertEquals(table.get(i).numPy().toString(), verdicts.get(i), table.get(i).reason());
    }
  }

  @Test
  void pathsThatCannotBeRead(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.npy");
    FormatException e = assertThrows(FormatException.class, () -> NumPyArray.load(missing));
    assertEquals("load: " + missing + ": cannot be read: no such file or folder", e.getMessage());
    e = assertThrows(FormatException.class, () -> NumPyArray.load(folder));
    assertEquals("load: " + folder + ": cannot be read: Is a directory", e.getMessage());
    InputStream failing = InputStream.nullInputStream();
    failing.close();
    e = assertThrows(FormatException.class, () -> NumPyArray.read(failing, "socket 7"));
    assertEquals("read: socket 7: cannot be read: Stream closed", e.getMessage());
  }

  /** A stream that claims more than it has costs no more memory than it has. */
  @Test
  void aStreamThatClaimsTooMuch() {
    byte[] claim = NpyBytes.file(1, NpyBytes.header("'<f8'", "False", "(99999999999,)"), good());
    FormatException e =
        assertThrows(
            FormatException.class,
            () -> NumPyArray.read(new ByteArrayInputStream(claim), "stream"));
    assertMessage("read: stream: truncated", "", e);
  }

  @Test
  void randomDamageNeverEndsInAnotherException() {
    long seed = 20_26;
    Random random = new Random(seed);
    String alphabet = "'\"{}()[],: -+0123456789TFNrueals<>|=bifucOdescrfortran_shape\\\n\0";
    byte[] good = good();
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = Arrays.copyOf(good, good.length - random.nextInt(2) * random.nextInt(60));
      for (int change = random.nextInt(5); change >= 0; change--) {
        int value =
            random.nextBoolean()
                ? random.nextInt(256)
                : alphabet.charAt(random.nextInt(alphabet.length()));
        bytes[random.nextInt(bytes.length)] = (byte) value;
      }
      try {
        NumPyArray array = NumPyArray.read(new ByteArrayInputStream(bytes), "stream");
        assertTrue(array.data().byteSize() <= bytes.length);
      } catch (FormatException expected) {
        assertMessage("read: stream: ", "", expected);
      } catch (RuntimeException e) {
        String text =
            new String(bytes, StandardCharsets.ISO_8859_1)
                .chars()
                .mapToObj(c -> c < 32 || c > 126 ? "\\" + c : Character.toString(c))
                .collect(Collectors.joining());
        throw new AssertionError("seed " + seed + ", round " + round + ": " + text, e);
      }
    }
  }
}
