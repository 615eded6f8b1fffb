package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.cuda.ptx.MatmulPtxTest.Lie;
import org.cotangent.cuda.ptx.Tile.Unit;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The ring of {@code skinny.cu}: of more slices than it has stages, and what is said of a kernel
 * that does not wait. {@link MatmulPtxTest} has its tile among all others.
 */
class SkinnyPtxTest {
  private static final Traits TRAITS = new Traits(80, 4, false);

  private static Tile tile(DType dtype) {
    return MatmulPtx.tiles(dtype, TRAITS).stream()
        .filter(tile -> tile.unit() == Unit.SKINNY)
        .findFirst()
        .orElseThrow();
  }

  private static ContractionKernel kernel(
      PtxRig rig, DType dtype, Lie left, Lie right, int rows, int depth, int columns) {
    return kernel(rig, dtype, left.layout(2, rows, depth), right, rows, depth, columns);
  }

  private static ContractionKernel kernel(
      PtxRig rig, DType dtype, Layout left, Lie right, int rows, int depth, int columns) {
    Random random = new Random(depth);
    Operand a = rig.random(random, dtype, left);
    Operand b = rig.random(random, dtype, right.layout(2, depth, columns));
    Operand result = rig.operand(dtype, Shape.of(2, rows, columns));
    return new ContractionKernel("matmul", PtxRig.ORIGIN, dtype, a, b, result);
  }

  private static Launch launch(ContractionKernel kernel, DType dtype) {
    return MatmulPtx.launch(kernel, Product.of(kernel, "CUDA").withoutIdleStrides(), tile(dtype));
  }

  /** About a slice, and about as many as the ring has stages; a block has several tiles. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void depths(DType dtype) {
    int slice = 256 / dtype.bytes();
    int number = 0;
    for (int slices : List.of(1, 2, 4, 5, 6)) {
      for (int more : List.of(-1, 0, 1, 7)) {
        PtxRig rig = new PtxRig(TRAITS);
        boolean transposed = number % 2 == 0;
        ContractionKernel kernel =
            kernel(
                rig,
                dtype,
                transposed ? Lie.TRANSPOSED : Lie.CONTIGUOUS,
                number % 3 == 0 ? Lie.TRANSPOSED : Lie.CONTIGUOUS,
                33,
                slices * slice + more,
                1 + number % 9);
        rig.check(kernel, launch(kernel, dtype), 1 + number % 3);
        number++;
      }
    }
  }

  /** Products with one vector, and of one; chosen as a user's are. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void vectors(DType dtype) {
    for (Lie left : Lie.values()) {
      for (boolean row : List.of(false, true)) {
        PtxRig rig = new PtxRig(TRAITS);
        ContractionKernel kernel =
            kernel(rig, dtype, left, Lie.PADDED, row ? 1 : 45, 77, row ? 45 : 1);
        rig.check(kernel, 4);
      }
    }
  }

  /** Lines begin at multiples of 16 bytes, and end before one; the last line ends the buffer. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theLastPieceOfALineMayBeShorter(DType dtype) {
    for (boolean along : List.of(false, true)) {
      PtxRig rig = new PtxRig(TRAITS);
      Shape shape = Shape.of(2, 37, 71);
      long[] strides = along ? new long[] {40 * 72, 72, 1} : new long[] {40 * 72, 1, 40};
      ContractionKernel kernel =
          kernel(rig, dtype, Layout.of(shape, strides, 0), Lie.CONTIGUOUS, 37, 71, 2);
      rig.check(kernel, launch(kernel, dtype), 2);
    }
  }

  /** Only where pieces lie together and begin at multiples of 16 bytes they are copied at once. */
  @Test
  void piecesThatLieTogetherAreCopiedAtOnce() {
    for (Lie left : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED, Lie.GAPS, Lie.LATER, Lie.REVERSED)) {
      PtxRig rig = new PtxRig(TRAITS);
      ContractionKernel kernel = kernel(rig, DType.FLOAT32, left, Lie.CONTIGUOUS, 32, 64, 1);
      Launch none = changed(launch(kernel, DType.FLOAT32), "cp\\.async\\.cg[^;]*;", "");
      if (left == Lie.CONTIGUOUS || left == Lie.TRANSPOSED) {
        assertThrows(AssertionError.class, () -> rig.check(kernel, none, 1));
      } else {
        rig.check(kernel, none, 1);
      }
    }
  }

  private static Launch changed(Launch launch, String pattern, String replacement) {
    String text = launch.source().text();
    String changed = text.replaceAll(pattern, replacement);
    assertFalse(changed.equals(text), pattern);
    return new Launch(
        new Source(changed, launch.source().target(), launch.source().shared()),
        launch.arguments(),
        launch.blocks(),
        launch.threads());
  }

  /** What is left out, and what the machine then says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "cp\\.async\\.wait_group \\d+;# is on its way there",
        "cp\\.async\\.commit_group;# is on its way there",
        "bar\\.sync\\s+0;# no barrier between"
      })
  void missingWaitsAreFound(String removed, String message) {
    for (Lie left : List.of(Lie.CONTIGUOUS, Lie.TRANSPOSED, Lie.GAPS)) {
      PtxRig rig = new PtxRig(TRAITS);
      ContractionKernel kernel = kernel(rig, DType.FLOAT32, left, Lie.CONTIGUOUS, 40, 500, 3);
      Launch wrong = changed(launch(kernel, DType.FLOAT32), removed, "");
      String fault = assertThrows(RuntimeException.class, () -> rig.run(wrong, 1)).toString();
      assertTrue(fault.contains(message), fault);
    }
  }

  /** Of two barriers each is needed: before the next slice is read, and before the next tile. */
  @Test
  void eachBarrierIsNeeded() {
    PtxRig rig = new PtxRig(TRAITS);
    ContractionKernel kernel =
        kernel(rig, DType.FLOAT32, Lie.CONTIGUOUS, Lie.CONTIGUOUS, 40, 500, 3);
    Launch launch = launch(kernel, DType.FLOAT32);
    String text = launch.source().text();
    String barrier = "bar.sync";
    for (int at = text.indexOf(barrier); at >= 0; at = text.indexOf(barrier, at + 1)) {
      String wrong = text.substring(0, at) + "//" + text.substring(at);
      Launch without =
          new Launch(
              new Source(wrong, launch.source().target(), launch.source().shared()),
              launch.arguments(),
              launch.blocks(),
              launch.threads());
      String fault = assertThrows(RuntimeException.class, () -> rig.run(without, 1)).toString();
      assertTrue(fault.contains("no barrier between") || fault.contains("on its way"), fault);
    }
  }
}
