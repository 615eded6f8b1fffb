package org.cotangent.cuda.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;

/** Tensor maps of the simulated driver have the rules of the real one. */
class PtxTensorMapTest {
  private static final List<Long> SIZES = List.of(7L, 1L << 32, 3L);
  private static final List<Long> STRIDES = List.of(16L, (1L << 40) - 16);
  private static final List<Integer> BOX = List.of(64, 256, 1);

  private static void fails(
      String what, long address, List<Long> sizes, List<Long> strides, List<Integer> box) {
    TensorMap map = new TensorMap(DType.BFLOAT16, sizes, strides, box);
    String said = assertThrows(PtxFault.class, () -> PtxTensorMap.of(map, address)).toString();
    assertTrue(said.contains(": a tensor map with " + what + " "), said);
  }

  @Test
  void theEndsOfWhatIsAllowed() {
    TensorMap map = new TensorMap(DType.BFLOAT16, SIZES, STRIDES, BOX);
    PtxTensorMap own = PtxTensorMap.of(map, 48);
    assertEquals(new PtxTensorMap(48, 2, SIZES, STRIDES, BOX), own);
    assertEquals(own, PtxTensorMap.read(PtxTensorMap.bits(map, 48)));
    assertEquals(2 * 64 * 256, own.boxBytes());
    assertEquals(48 + 2 * 6 + 16 * 5 + 2 * STRIDES.getLast(), own.place(new long[] {6, 5, 2}));
    assertEquals(-1, own.place(new long[] {7, 5, 2}));
    assertEquals(-1, own.place(new long[] {6, -1, 2}));
    int five = 5;
    TensorMap most =
        new TensorMap(
            DType.FLOAT16,
            Collections.nCopies(five, 2L),
            List.of(16L, 32L, 64L, 128L),
            List.of(8, 2, 3, 4, 5));
    PtxTensorMap read = PtxTensorMap.read(PtxTensorMap.bits(most, 16));
    assertEquals(PtxTensorMap.of(most, 16), read);
  }

  @Test
  void whatIsNotAllowedHasAName() {
    fails("address", 40, SIZES, STRIDES, BOX);
    fails("size", 48, List.of(7L, 0L, 3L), STRIDES, BOX);
    fails("size", 48, List.of(7L, (1L << 32) + 1, 3L), STRIDES, BOX);
    fails("stride", 48, SIZES, List.of(24L, 16L), BOX);
    fails("stride", 48, SIZES, List.of(16L, 1L << 40), BOX);
    fails("stride", 48, SIZES, List.of(0L, 16L), BOX);
    fails("strides", 48, SIZES, List.of(16L), BOX);
    fails("box", 48, SIZES, STRIDES, List.of(64, 257, 1));
    fails("box", 48, SIZES, STRIDES, List.of(64, 0, 1));
    fails("box", 48, SIZES, STRIDES, List.of(64, 64));
    fails("bytes of a box's row", 48, SIZES, STRIDES, List.of(72, 256, 1));
    fails("bytes of a box's row", 48, SIZES, STRIDES, List.of(12, 256, 1));
    fails("rank", 48, List.of(), List.of(), List.of());
    fails(
        "rank",
        48,
        Collections.nCopies(6, 1L),
        Collections.nCopies(5, 16L),
        Collections.nCopies(6, 8));
  }

  @Test
  void otherBitsAreNoMap() {
    assertThrows(PtxFault.class, () -> PtxTensorMap.read(MemorySegment.ofArray(new byte[128])));
  }

  /** The 16 bytes of number c in row r are at place c ^ (r % 8) of it. */
  @Test
  void swizzle() {
    for (int row = 0; row < 20; row++) {
      for (int chunk = 0; chunk < 8; chunk++) {
        long place = 4096 + row * 128L + (chunk ^ row % 8) * 16L;
        assertEquals(place + 6, PtxCopy.swizzled(4096 + row * 128L + chunk * 16L + 6));
      }
    }
  }
}
