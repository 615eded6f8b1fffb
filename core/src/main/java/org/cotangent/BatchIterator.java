package org.cotangent;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.cotangent.graph.Origin;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;

/**
 * Once through the batches. Rows are copied to the host's memory here or ahead in a thread; tensors
 * are made here alone, in the consumer's thread and scope.
 */
final class BatchIterator implements Iterator<Batch> {
  private final Device device;
  private final long count;
  private final LongFunction<List<HostArray>> source;
  private final Runnable end;

  /** The number of the batch to come. */
  private long position;

  private List<Tensor> current = List.of();

  BatchIterator(Batches batches, List<DType> dtypes, LongUnaryOperator order) {
    this.device = batches.device();
    this.count = batches.size();
    List<NumPyArray> arrays = batches.arrays();
    long rows = batches.rows();
    int size = (int) Math.min(batches.batchSize(), rows);
    // One batch is being copied to the device while others are ahead.
    List<Staging> places =
        Stream.generate(() -> new Staging(arrays, dtypes, size))
            .limit(Math.min(batches.ahead() + 1L, count))
            .toList();
    LongFunction<List<HostArray>> staged =
        batch -> {
          long first = batch * size;
          Staging place = places.get((int) (batch % places.size()));
          return place.fill(first, (int) Math.min(size, rows - first), order);
        };
    if (batches.ahead() == 0) {
      source = staged;
      end = () -> {};
    } else {
      Prefetcher<List<HostArray>> prefetcher = new Prefetcher<>(staged, count, batches.ahead());
      source = prefetcher::get;
      end = prefetcher::close;
    }
  }

  @Override
  public boolean hasNext() {
    if (position == count) {
      closeCurrent("the end of its epoch");
      end.run();
    }
    return position < count;
  }

  @Override
  public Batch next() {
    if (position == count) {
      throw new NoSuchElementException("batches: there are no more than " + count);
    }
    return Located.in(
        "batches",
        () -> {
          closeCurrent("the next batch");
          device.requireOpen("batches");
          current = tensors(source.apply(position));
          position++;
          return new Batch(current);
        });
  }

  private List<Tensor> tensors(List<HostArray> staged) {
    List<Tensor> tensors = new ArrayList<>();
    try {
      for (HostArray array : staged) {
        tensors.add(device.tensor(array));
      }
    } catch (RuntimeException | Error failure) {
      tensors.forEach(Tensor::close);
      throw failure;
    }
    return List.copyOf(tensors);
  }

  private void closeCurrent(String by) {
    if (!current.isEmpty()) {
      Origin here = Origin.here(by);
      current.forEach(tensor -> tensor.close(here));
      current = List.of();
    }
  }
}
