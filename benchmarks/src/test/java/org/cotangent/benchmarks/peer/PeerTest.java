package org.cotangent.benchmarks.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.SplittableRandom;
import org.cotangent.type.DType;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The peers compute what plain Java computes; where one is missing its test is skipped. */
class PeerTest {
  private static final float TOLERANCE = 1e-4f;

  private static void require(Optional<String> unavailable) {
    assumeTrue(unavailable.isEmpty(), () -> "skipped: " + unavailable.orElse(""));
  }

  private static float[] uniform(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = (float) random.nextDouble(-1, 1);
    }
    return data;
  }

  private static float[] product(int m, int n, int k, float[] a, float[] b) {
    float[] c = new float[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          sum += (double) a[i * k + l] * b[l * n + j];
        }
        c[i * n + j] = (float) sum;
      }
    }
    return c;
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "17, 31, 13", "65, 64, 63"})
  void openBlasMultiplies(int m, int n, int k) {
    require(OpenBlas.unavailable());
    float[] a = uniform(m * k, 1);
    float[] b = uniform(k * n, 2);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment c = arena.allocate(ValueLayout.JAVA_FLOAT, (long) m * n);
      new OpenBlas(2)
          .run(
              new OpenBlas.Gemm(DType.FLOAT32, m, n, k, false, false),
              arena.allocateFrom(ValueLayout.JAVA_FLOAT, a),
              arena.allocateFrom(ValueLayout.JAVA_FLOAT, b),
              c);
      assertArrayEquals(product(m, n, k, a, b), c.toArray(ValueLayout.JAVA_FLOAT), TOLERANCE);
    }
  }

  @Test
  void openBlasNamesItsKernels() {
    require(OpenBlas.unavailable());
    assertFalse(OpenBlas.core().isBlank());
    assertEquals("OpenBLAS", OpenBlas.config().substring(0, 8));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "17, 31, 13"})
  void clBlastMultiplies(int m, int n, int k) {
    require(ClBlast.unavailable());
    float[] a = uniform(m * k, 1);
    float[] b = uniform(k * n, 2);
    float[] result = new float[m * n];
    try (OpenCl cl = new OpenCl();
        ClBlast blast = new ClBlast(cl)) {
      cl_mem c = cl.buffer(result);
      blast.sgemm(m, n, k, cl.buffer(a), cl.buffer(b), c);
      cl.read(c, result);
    }
    assertArrayEquals(product(m, n, k, a, b), result, TOLERANCE);
  }

  @Test
  void copyCopies() {
    require(OpenCl.unavailable());
    float[] data = uniform(3 * 65536, 1);
    float[] result = new float[data.length];
    try (OpenCl cl = new OpenCl()) {
      ClCopy copy = new ClCopy(cl, data);
      copy.copy();
      copy.read(result);
      assertFalse(copy.description().isBlank());
    }
    assertArrayEquals(data, result);
  }

  @Test
  void copyRefusesAPartOfAChunk() {
    require(OpenCl.unavailable());
    try (OpenCl cl = new OpenCl()) {
      var error =
          assertThrows(IllegalArgumentException.class, () -> new ClCopy(cl, new float[100]));
      assertEquals("copy: 100 floats are no multiple of 65536", error.getMessage());
    }
  }

  @Test
  void missingLibraryIsNamedWithWhatToInstall() {
    assertEquals(
        Optional.of("libnowhere.so.7 is not here: install nowhere"),
        new Library("libnowhere.so.7", "install nowhere").unavailable());
  }
}
