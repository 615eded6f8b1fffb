package org.cotangent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;

/** Host memory for one batch after another, converted and in C order. */
final class Staging {
  private final List<NumPyArray> arrays;
  private final List<HostArray> room = new ArrayList<>();
  private final long[] rows;

  /**
   * Allocates it.
   *
   * @param arrays to copy from
   * @param dtypes one for each array
   * @param size the most rows of a batch
   */
  Staging(List<NumPyArray> arrays, List<DType> dtypes, int size) {
    this.arrays = arrays;
    this.rows = new long[size];
    for (int i = 0; i < arrays.size(); i++) {
      Shape shape = arrays.get(i).shape().with(0, size);
      room.add(HostArray.allocate(new TensorType(dtypes.get(i), shape)));
    }
  }

  /**
   * {@return a batch, which lasts until the next one}
   *
   * @param first the place of its first row
   * @param count its rows
   * @param order which row is at a place
   */
  List<HostArray> fill(long first, int count, LongUnaryOperator order) {
    Arrays.setAll(rows, i -> i < count ? order.applyAsLong(first + i) : 0);
    long[] chosen = count == rows.length ? rows : Arrays.copyOf(rows, count);
    List<HostArray> batch = new ArrayList<>();
    for (int i = 0; i < arrays.size(); i++) {
      HostArray target = part(room.get(i), count);
      arrays.get(i).toHost(chosen, target);
      batch.add(target);
    }
    return batch;
  }

  private static HostArray part(HostArray whole, int count) {
    TensorType type = whole.type().with(whole.type().shape().with(0, count));
    return new HostArray(type, whole.data().asSlice(0, type.bytes()));
  }
}
