package org.cotangent.cpu;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;

/**
 * The axes of a reduction's domain in two groups: kept, which number the sequences, and reduced.
 */
final class ReduceAxes {
  private final int[] kept;
  private final int[] reduced;
  private final Shape keptShape;
  private final Shape reducedShape;

  /**
   * Groups the axes of a kernel.
   *
   * @param kernel whose domain it is
   */
  ReduceAxes(ReduceKernel kernel) {
    Shape domain = kernel.domain();
    reduced = kernel.axes().stream().mapToInt(axis -> axis).toArray();
    kept =
        IntStream.range(0, domain.rank())
            .filter(axis -> Arrays.binarySearch(reduced, axis) < 0)
            .toArray();
    keptShape = domain.without(reduced, false);
    reducedShape = domain.without(kept, false);
  }

  /** {@return the shape of the sequences} */
  Shape kept() {
    return keptShape;
  }

  /** {@return the shape of one sequence} */
  Shape reduced() {
    return reducedShape;
  }

  /**
   * {@return the layout with the reduced axes innermost}
   *
   * @param layout over the domain
   */
  Layout rows(Layout layout) {
    int[] permutation = new int[kept.length + reduced.length];
    System.arraycopy(kept, 0, permutation, 0, kept.length);
    System.arraycopy(reduced, 0, permutation, kept.length, reduced.length);
    return layout.transpose(permutation);
  }

  /**
   * {@return the layout with the kept axes innermost}
   *
   * @param layout over the domain
   */
  Layout columns(Layout layout) {
    int[] permutation = new int[kept.length + reduced.length];
    System.arraycopy(reduced, 0, permutation, 0, reduced.length);
    System.arraycopy(kept, 0, permutation, reduced.length, kept.length);
    return layout.transpose(permutation);
  }

  /**
   * {@return where the first element of each sequence lies}
   *
   * @param layout over the domain
   */
  Layout across(Layout layout) {
    return layout.transpose(kept);
  }

  /**
   * {@return where the elements of a sequence lie, relative to the first}
   *
   * @param layout over the domain
   */
  Layout along(Layout layout) {
    Layout reducedOnly = layout.transpose(reduced);
    return Layout.of(reducedOnly.shape(), reducedOnly.strides(), 0);
  }

  /**
   * {@return the layout whose positions count the elements of a sequence}
   *
   * @param domain of the kernel
   */
  Layout positions(Shape domain) {
    long[] strides = new long[domain.rank()];
    long[] counting = reducedShape.strides();
    for (int i = 0; i < reduced.length; i++) {
      strides[reduced[i]] = counting[i];
    }
    return Layout.of(domain, strides, 0);
  }

  @Override
  public String toString() {
    return keptShape + " sequences of " + reducedShape;
  }
}
