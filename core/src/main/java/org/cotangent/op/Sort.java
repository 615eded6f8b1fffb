package org.cotangent.op;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ShapeException;
import org.cotangent.graph.Batching;
import org.cotangent.graph.Call;
import org.cotangent.graph.Derivative;
import org.cotangent.graph.GraphBuilder;
import org.cotangent.graph.IndexMode;
import org.cotangent.graph.Node;
import org.cotangent.graph.Op;
import org.cotangent.graph.Value;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * The elements along an axis in their order, and their positions before, as int64. Stable: equal
 * elements, and so are -0 and +0, stay as they were, whether ascending or descending. NaN is the
 * largest. Tangents and cotangents go the way of the elements.
 *
 * @param axis along which
 * @param descending whether the largest comes first
 * @param results what is computed, in this order
 */
public record Sort(int axis, boolean descending, List<Result> results) implements Call {
  /** Positions are ints while a row is sorted. */
  private static final long LONGEST = Integer.MAX_VALUE - 8;

  /** What sorting makes. */
  public enum Result {
    /** The elements in their order. */
    VALUES,
    /** Where each of them was. */
    POSITIONS
  }

  /** Checks that there is something to compute. */
  public Sort {
    if (results.isEmpty()) {
      throw new ArgumentException("sort: no results are asked for; pass VALUES or POSITIONS");
    }
    results = List.copyOf(results);
  }

  /**
   * Values and positions.
   *
   * @param axis along which
   * @param descending whether the largest comes first
   */
  public Sort(int axis, boolean descending) {
    this(axis, descending, List.of(Result.VALUES, Result.POSITIONS));
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    TensorType type = inputs.getFirst();
    Rules.requireAxes(this, type.shape(), List.of(axis));
    if (type.shape().dim(axis) > LONGEST) {
      throw new ShapeException(
          "sort: axis %d of %s is longer than %d; sort parts of it".formatted(axis, type, LONGEST));
    }
    return results.stream()
        .map(result -> result == Result.VALUES ? type : type.with(DType.INT64))
        .toList();
  }

  @Override
  public Sort only(List<Integer> kept) {
    return new Sort(axis, descending, kept.stream().map(results::get).toList());
  }

  @Override
  public long parts(List<TensorType> inputs) {
    Shape shape = inputs.getFirst().shape();
    return shape.size() == 0 ? 0 : shape.size() / shape.dim(axis);
  }

  @Override
  public void evaluate(List<HostArray> inputs, List<HostArray> outputs) {
    evaluate(inputs, outputs, 0, parts(List.of(inputs.getFirst().type())));
  }

  @Override
  public void evaluate(List<HostArray> inputs, List<HostArray> outputs, long from, long to) {
    HostArray x = inputs.getFirst();
    int length = (int) x.type().shape().dim(axis);
    long stride = x.type().shape().strides()[axis];
    SortedRow row = new SortedRow(x, length, descending);
    for (long part = from; part < to; part++) {
      long first = part / stride * stride * length + part % stride;
      row.sort(first, stride);
      for (int i = 0; i < results.size(); i++) {
        switch (results.get(i)) {
          case VALUES -> row.putValues(outputs.get(i));
          case POSITIONS -> row.putPositions(outputs.get(i));
        }
      }
    }
  }

  @Override
  public Derivative derivative() {
    return new Derivative.Own(this::jvp, this::vjp);
  }

  @Override
  public Optional<Batching> batching() {
    return Rules.batching(_ -> new Sort(axis + 1, descending, results));
  }

  private List<@Nullable Value> jvp(
      GraphBuilder builder, Node node, List<@Nullable Value> tangents) {
    Value tangent = tangents.getFirst();
    Op take = new Take(axis, true, IndexMode.CLIPPED);
    List<@Nullable Value> moved = new ArrayList<>();
    for (Result result : results) {
      moved.add(
          tangent != null && result == Result.VALUES
              ? builder.value(take, tangent, positions(builder, node))
              : null);
    }
    return moved;
  }

  private List<@Nullable Value> vjp(
      GraphBuilder builder, Node node, List<@Nullable Value> cotangents) {
    int values = results.indexOf(Result.VALUES);
    Value cotangent = values < 0 ? null : cotangents.get(values);
    if (cotangent == null) {
      return Rules.only(null);
    }
    Op scatter = new ScatterAdd(axis, node.input(0).shape().dim(axis), true, IndexMode.CLIPPED);
    return Rules.only(builder.value(scatter, cotangent, positions(builder, node)));
  }

  /** The positions of a node: its own, where it has both results. */
  private Value positions(GraphBuilder builder, Node node) {
    return builder.emit(new Sort(axis, descending), node.inputs()).result(1);
  }

  /** {@return what it is tested on} */
  public static List<Sample> samples() {
    return Sample.ALL.stream()
        .flatMap(dtype ->
            Stream.of(
                of(dtype, new Sort(0, false), Shape.of(7)),
                of(dtype, new Sort(0, true), Shape.of(1031)),
                of(dtype, new Sort(1, false), Shape.of(3, 5)),
                of(dtype, new Sort(1, true), Shape.of(2, 71, 3)),
                of(dtype, new Sort(0, false, List.of(Result.POSITIONS)), Shape.of(17, 2)),
                of(dtype, new Sort(0, false, List.of(Result.VALUES)), Shape.of(1, 5)),
                of(dtype, new Sort(2, false), Shape.of(4, 3, 0)),
                of(dtype, new Sort(1, false), Shape.of(0, 3))))
        .toList();
  }

  /** Ties among integers; none among floats, so that differences have a limit. */
  private static Sample of(DType dtype, Sort op, Shape shape) {
    int most = dtype.isFloating() ? 1000 : 9;
    return Sample.of(op, Sample.Input.of(dtype, shape, -most, most));
  }
}
