package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Runs, and where their keys and positions lie. */
class SortRunsTest {
  @Test
  void runsGrowUntilOneIsLeft() {
    long[][] merges = {{1, 0}, {8, 0}, {9, 1}, {16, 1}, {17, 2}, {1000, 7}, {1024, 7}, {1025, 8}};
    for (long[] pair : merges) {
      SortRuns runs = new SortRuns(3, pair[0], DType.INT32, 8);
      assertEquals(pair[1], runs.merges(), "of " + pair[0]);
      assertEquals((pair[0] + 7) / 8, runs.blocks());
      if (runs.merges() > 0) {
        assertTrue(runs.run(runs.merges()) < pair[0] && 2 * runs.run(runs.merges()) >= pair[0]);
      }
    }
    assertEquals(8, new SortRuns(1, 100, DType.INT32, 8).run(1));
    assertEquals(64, new SortRuns(1, 100, DType.INT32, 32).run(2));
  }

  @Test
  void partsOfTheWorkspaceDoNotOverlap() {
    for (DType key : List.of(DType.INT32, DType.INT64)) {
      for (long length : new long[] {9, 16, 17, 33, 100}) {
        SortRuns runs = new SortRuns(3, length, key, 8);
        long end = 0;
        for (int pass = 0; pass < Math.min(runs.merges(), 2); pass++) {
          for (Operand part : List.of(runs.keys(pass, 5), runs.positions(pass, 5))) {
            assertEquals(5, part.buffer());
            assertEquals(Shape.of(3, length), part.layout().shape());
            long start = part.layout().offset() * part.dtype().bytes();
            assertEquals(0, start % 128);
            assertTrue(start >= end);
            end = start + 3 * length * part.dtype().bytes();
          }
          assertEquals(runs.keys(pass, 5), runs.keys(pass + 2, 5));
        }
        assertTrue(runs.workspace(0) >= end && runs.workspace(0) < end + 128, runs + ": " + end);
        long kept = Math.min(runs.merges() + 1, 2);
        assertEquals(runs.workspace(0) / Math.min(runs.merges(), 2) * kept, runs.workspace(1));
      }
    }
    assertEquals(0, new SortRuns(3, 8, DType.INT64, 8).workspace(0));
    assertEquals(256 + 128, new SortRuns(3, 8, DType.INT64, 8).workspace(1));
  }

  @Test
  void keysAreAsWideAsElements() {
    assertEquals(DType.INT32, SortRuns.key(DType.BOOL));
    assertEquals(DType.INT32, SortRuns.key(DType.FLOAT32));
    assertEquals(DType.INT64, SortRuns.key(DType.FLOAT64));
    assertEquals(DType.INT64, SortRuns.key(DType.INT64));
  }
}
