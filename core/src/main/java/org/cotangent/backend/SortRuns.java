package org.cotangent.backend;

import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * Lines sorted in passes: blocks by themselves, then runs merged in pairs, in each pass twice as
 * long ones. Keys and positions go to and fro between two halves of the workspace.
 *
 * @param lines how many, at least one
 * @param length of each, at least one
 * @param key dtype that keys compare as
 * @param block elements of a block
 */
public record SortRuns(long lines, long length, DType key, int block) {
  /** {@return the dtype of the keys of some elements: as wide as these, at least 32 bits} */
  public static DType key(DType dtype) {
    return dtype.bytes() == Long.BYTES ? DType.INT64 : DType.INT32;
  }

  /** {@return how often runs are merged until one is left} */
  public int merges() {
    int merges = 0;
    for (long run = block; run < length; run *= 2) {
      merges++;
    }
    return merges;
  }

  /** {@return the blocks of a line} */
  public long blocks() {
    return Math.ceilDiv(length, (long) block);
  }

  /**
   * {@return the elements of a run before a pass merges it, but for a line's last}
   *
   * @param pass from 1 to the number of merges
   */
  public long run(int pass) {
    return (long) block << (pass - 1);
  }

  /**
   * {@return the bytes of keys and positions between passes}
   *
   * @param kept 1 if what the last pass writes goes there as well, else 0
   */
  public long workspace(int kept) {
    Workspace workspace = new Workspace();
    for (int half = 0; half < Math.min(merges() + kept, 2); half++) {
      take(workspace);
    }
    return workspace.bytes();
  }

  private Part take(Workspace workspace) {
    long elements = lines * length;
    return new Part(
        workspace.take(elements * key.bytes()), workspace.take(elements * Integer.BYTES));
  }

  /** Where the keys of a half start and where its positions do, in bytes. */
  private record Part(long keys, long positions) {}

  private Part half(int pass) {
    Workspace workspace = new Workspace();
    Part first = take(workspace);
    return pass % 2 == 0 ? first : take(workspace);
  }

  /**
   * {@return the keys that a pass writes, and the next one reads, of shape (lines, length)}
   *
   * @param pass which
   * @param buffer the workspace
   */
  public Operand keys(int pass, int buffer) {
    return part(buffer, key, half(pass).keys);
  }

  /**
   * {@return the positions beside them, int32}
   *
   * @param pass which
   * @param buffer the workspace
   */
  public Operand positions(int pass, int buffer) {
    return part(buffer, DType.INT32, half(pass).positions);
  }

  private Operand part(int buffer, DType dtype, long start) {
    Shape shape = Shape.of(lines, length);
    return new Operand(buffer, dtype, Layout.of(shape, shape.strides(), start / dtype.bytes()));
  }
}
