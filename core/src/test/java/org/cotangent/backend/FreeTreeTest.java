package org.cotangent.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The order of free chunks, against a set; and that the tree stays shallow in any order. */
class FreeTreeTest {
  private static final Region REGION = () -> Long.MAX_VALUE;

  private static final Comparator<Chunk> ORDER =
      Comparator.comparingLong((Chunk chunk) -> chunk.size)
          .thenComparingLong(chunk -> chunk.slab.serial)
          .thenComparingLong(chunk -> chunk.offset);

  private final FreeTree tree = new FreeTree();
  private final Slab older = slab(0);
  private final Slab younger = slab(1);

  private Slab slab(long serial) {
    return new Slab(REGION, REGION.bytes(), serial, tree);
  }

  @Test
  void ofEqualChunksTheFirstInTheOldestRegion() {
    Chunk third = new Chunk(younger, 0, 100);
    Chunk second = new Chunk(older, 500, 100);
    Chunk first = new Chunk(older, 200, 100);
    for (Chunk chunk : List.of(third, second, first)) {
      tree.add(chunk);
    }
    for (Chunk chunk : List.of(first, second, third)) {
      assertSame(chunk, tree.bestFit(100));
      tree.remove(chunk);
    }
    assertNull(tree.bestFit(1));
    assertEquals(0, tree.count());
  }

  @Test
  void matchesASet() {
    Random random = new Random(20261128);
    List<Chunk> chunks = new ArrayList<>();
    TreeSet<Chunk> model = new TreeSet<>(ORDER);
    for (int i = 0; i < 20_000; i++) {
      if (chunks.isEmpty() || random.nextInt(100) < (i < 10_000 ? 60 : 40)) {
        // Few sizes, so that many are equal.
        Chunk chunk = new Chunk(random.nextBoolean() ? older : younger, i, random.nextInt(1, 50));
        chunks.add(chunk);
        model.add(chunk);
        tree.add(chunk);
      } else {
        Chunk chunk = chunks.remove(random.nextInt(chunks.size()));
        model.remove(chunk);
        tree.remove(chunk);
      }
      Chunk wanted = new Chunk(slab(-1), 0, random.nextInt(1, 55));
      assertSame(model.ceiling(wanted), tree.bestFit(wanted.size), "operation " + i);
      assertEquals(model.isEmpty() ? 0 : model.last().size, tree.largest());
      assertEquals(model.size(), tree.count());
    }
  }

  /** Insertion and removal recur: a tree as deep as it has chunks would overflow the stack. */
  @Test
  void staysShallowInAnyOrder() {
    int count = 100_000;
    for (boolean ascending : new boolean[] {true, false}) {
      List<Chunk> chunks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        chunks.add(new Chunk(older, i, ascending ? i : count - i));
        tree.add(chunks.getLast());
      }
      chunks.forEach(tree::remove);
      assertEquals(0, tree.count());
    }
  }

  @Test
  void whatIsNotFreeCannotBeTaken() {
    tree.add(new Chunk(older, 0, 100));
    assertThrows(AssertionError.class, () -> tree.remove(new Chunk(older, 64, 100)));
  }
}
