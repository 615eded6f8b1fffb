package org.cotangent.numpy;

/**
 * Transposes a matrix within the cache. Four columns at a time, so that a row gets four elements
 * side by side, with fewer checks of indices than one at a time.
 */
final class Transpose {
  private Transpose() {}

  /**
   * Writes the elements of an array in another order.
   *
   * @param from columns, one after the other, of {@code height} elements each
   * @param to an array of the same kind: rows, one after the other, of {@code width} elements each
   * @param height number of rows
   * @param width number of columns
   */
  static void array(Object from, Object to, int height, int width) {
    switch (from) {
      case byte[] columns -> bytes(columns, (byte[]) to, height, width);
      case short[] columns -> shorts(columns, (short[]) to, height, width);
      case int[] columns -> ints(columns, (int[]) to, height, width);
      case long[] columns -> longs(columns, (long[]) to, height, width);
      case float[] columns -> floats(columns, (float[]) to, height, width);
      case double[] columns -> doubles(columns, (double[]) to, height, width);
      default -> throw new AssertionError(from);
    }
  }

  private static void bytes(byte[] columns, byte[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }

  private static void shorts(short[] columns, short[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }

  private static void ints(int[] columns, int[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }

  private static void longs(long[] columns, long[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }

  private static void floats(float[] columns, float[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }

  private static void doubles(double[] columns, double[] rows, int height, int width) {
    int column = 0;
    for (; column + 4 <= width; column += 4) {
      int first = column * height;
      int second = first + height;
      int third = second + height;
      int fourth = third + height;
      for (int row = 0, at = column; row < height; row++, at += width) {
        rows[at] = columns[first + row];
        rows[at + 1] = columns[second + row];
        rows[at + 2] = columns[third + row];
        rows[at + 3] = columns[fourth + row];
      }
    }
    for (; column < width; column++) {
      for (int row = 0; row < height; row++) {
        rows[row * width + column] = columns[column * height + row];
      }
    }
  }
}
