package org.cotangent.backend;

import org.jspecify.annotations.Nullable;

/**
 * Free chunks ordered by size, region and offset: best fit is one walk down. A treap (Seidel and
 * Aragon, 1996) whose links lie in the chunks themselves, so that it makes no garbage; the random
 * priorities shape the tree but never the order.
 */
final class FreeTree {
  private @Nullable Chunk root;
  private int count;
  private int random = 0x9E3779B9;

  int count() {
    return count;
  }

  /** The smallest chunk of at least {@code size} bytes; of equal ones the first by address. */
  @Nullable Chunk bestFit(long size) {
    Chunk best = null;
    Chunk node = root;
    while (node != null) {
      if (node.size >= size) {
        best = node;
        node = node.left;
      } else {
        node = node.right;
      }
    }
    return best;
  }

  long largest() {
    Chunk node = root;
    if (node == null) {
      return 0;
    }
    while (node.right != null) {
      node = node.right;
    }
    return node.size;
  }

  void add(Chunk chunk) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    chunk.priority = random;
    root = insert(root, chunk);
    count++;
  }

  void remove(Chunk chunk) {
    root = delete(root, chunk);
    chunk.left = null;
    chunk.right = null;
    count--;
  }

  void clear() {
    root = null;
    count = 0;
  }

  private static Chunk insert(@Nullable Chunk node, Chunk chunk) {
    if (node == null) {
      return chunk;
    }
    if (chunk.priority > node.priority) {
      unzip(node, chunk);
      return chunk;
    }
    if (precedes(chunk, node)) {
      node.left = insert(node.left, chunk);
    } else {
      node.right = insert(node.right, chunk);
    }
    return node;
  }

  /** Hangs what precedes {@code chunk} under its left, the rest under its right. */
  private static void unzip(@Nullable Chunk node, Chunk chunk) {
    Chunk lastBefore = null;
    Chunk lastAfter = null;
    while (node != null) {
      if (precedes(node, chunk)) {
        if (lastBefore == null) {
          chunk.left = node;
        } else {
          lastBefore.right = node;
        }
        lastBefore = node;
        node = node.right;
      } else {
        if (lastAfter == null) {
          chunk.right = node;
        } else {
          lastAfter.left = node;
        }
        lastAfter = node;
        node = node.left;
      }
    }
    if (lastBefore != null) {
      lastBefore.right = null;
    }
    if (lastAfter != null) {
      lastAfter.left = null;
    }
  }

  private static @Nullable Chunk delete(@Nullable Chunk node, Chunk chunk) {
    if (node == null) {
      throw new AssertionError("a free chunk is missing from its tree");
    }
    if (node == chunk) {
      return zip(node.left, node.right);
    }
    if (precedes(chunk, node)) {
      node.left = delete(node.left, chunk);
    } else {
      node.right = delete(node.right, chunk);
    }
    return node;
  }

  /** One tree of two, where all of {@code before} precedes all of {@code after}. */
  private static @Nullable Chunk zip(@Nullable Chunk before, @Nullable Chunk after) {
    if (before == null) {
      return after;
    }
    if (after == null) {
      return before;
    }
    if (before.priority > after.priority) {
      before.right = zip(before.right, after);
      return before;
    }
    after.left = zip(before, after.left);
    return after;
  }

  private static boolean precedes(Chunk a, Chunk b) {
    if (a.size != b.size) {
      return a.size < b.size;
    }
    if (a.slab != b.slab) {
      return a.slab.serial < b.slab.serial;
    }
    return a.offset < b.offset;
  }
}
