package org.cotangent.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.cotangent.backend.Check;
import org.cotangent.backend.IndexKernel;
import org.cotangent.backend.LoopKernel;
import org.cotangent.backend.OpKernel;
import org.cotangent.backend.Operand;
import org.cotangent.backend.ReduceKernel;
import org.cotangent.graph.Elementwise;
import org.cotangent.graph.Reduction;
import org.cotangent.op.Sample;
import org.cotangent.op.Sort;
import org.cotangent.scalar.Body;
import org.cotangent.testing.HandmadeKernels;
import org.cotangent.testing.OpTable;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.cotangent.type.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every elementwise op and every reduction of the table, of every dtype. */
class OpTablePtxTest {
  private static final Shape SHAPE = Shape.of(3, 7);

  /** A body and the dtypes of what it reads. */
  private record Scalar(String op, List<DType> inputs, Body body) {}

  private static List<Scalar> elementwise() {
    Set<Scalar> scalars = new LinkedHashSet<>();
    for (List<Sample> samples : OpTable.samples().values()) {
      for (Sample sample : samples) {
        if (sample.op() instanceof Elementwise op) {
          List<DType> inputs = sample.inputs().stream().map(input -> input.type().dtype()).toList();
          scalars.add(new Scalar(op.text(), inputs, op.body(inputs)));
        }
      }
    }
    return List.copyOf(scalars);
  }

  private static LoopKernel loop(PtxRig rig, Scalar scalar, Random random) {
    List<Operand> inputs =
        scalar.inputs.stream()
            .map(dtype -> rig.random(random, dtype, Layout.contiguous(SHAPE)))
            .toList();
    List<Operand> outputs =
        scalar.body.resultTypes().stream().map(dtype -> rig.operand(dtype, SHAPE)).toList();
    return new LoopKernel(scalar.op, PtxRig.ORIGIN, SHAPE, inputs, List.of(), scalar.body, outputs);
  }

  @Test
  void elementwiseOpsHaveTheBitsOfTheirBodies() {
    Random random = new Random(1);
    List<Scalar> all = elementwise();
    assertTrue(all.size() > 300, all.size() + "");
    for (Scalar scalar : all) {
      PtxRig rig = new PtxRig();
      rig.check(loop(rig, scalar, random), 1);
    }
  }

  /** One for each op, dtypes and family of texts; what they compute is tested above. */
  private static Set<Source> sources() {
    Set<Source> sources = new LinkedHashSet<>();
    Random random = new Random(2);
    PtxRig rig = new PtxRig();
    for (Scalar scalar : elementwise()) {
      LoopKernel straight = loop(rig, scalar, random);
      sources.add(LoopPtx.launch(straight).source());
      sources.add(LoopPtx.launch(transposed(straight)).source());
    }
    for (List<Sample> samples : OpTable.samples().values()) {
      for (Sample sample : samples) {
        if (sample.op() instanceof Reduction op
            && sample.inputs().getFirst().type().shape().size() > 0) {
          TensorType type = sample.inputs().getFirst().type();
          for (Layout layout :
              List.of(Layout.contiguous(type.shape()), across(type.shape().rank(), op.axes()))) {
            ReduceKernel kernel = reduction(rig, op, rig.operand(type.dtype(), layout));
            rig.launches(kernel).forEach(launch -> sources.add(launch.source()));
          }
        }
      }
    }
    sources.addAll(indexing());
    sources.addAll(wholeOps());
    sources.addAll(DivisorTest.divisions());
    return sources;
  }

  /** A layout of long sequences whose neighbours lie beside each other; they share elements. */
  private static Layout across(int rank, List<Integer> axes) {
    long[] dims = new long[rank];
    long[] strides = new long[rank];
    long stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      boolean isReduced = axes.contains(axis);
      dims[axis] = isReduced ? 130 : 33;
      strides[axis] = isReduced ? 2 : stride;
      stride *= isReduced ? 1 : 33;
    }
    return Layout.of(Shape.of(dims), strides, 0);
  }

  /** Elements of each dtype and indices of each, but not all pairs: those have nothing new. */
  private static Set<Source> indexing() {
    Set<Source> sources = new LinkedHashSet<>();
    PtxRig rig = new PtxRig();
    IndexPtxTest.ops()
        .flatMap(op -> IndexPtxTest.each(rig, op))
        .filter(kernel ->
            kernel.data().dtype() == DType.INT64 || kernel.indices().dtype() == DType.INT64)
        .forEach(kernel -> {
          rig.launches(kernel).forEach(launch -> sources.add(launch.source()));
          if (!kernel.gathers()) {
            addSorted(sources, kernel);
          }
        });
    addSorted(sources, IndexPtxTest.scatter(1L << 32, 1 << 15, 1));
    addSearches(sources, SearchPtx.wrongIndex(IndexPtxTest.scatter(5, 1 << 15, 1)));
    return sources;
  }

  private static void addSorted(Set<Source> sources, IndexKernel kernel) {
    new ScatterPtx(kernel).launches(0).forEach(launch -> sources.add(launch.source()));
  }

  private static void addSearches(Set<Source> sources, List<Launch> searches) {
    searches.forEach(launch -> sources.add(launch.source()));
  }

  /** What runs whole, and searches for NaN in it. */
  private static Set<Source> wholeOps() {
    Set<Source> sources = new LinkedHashSet<>();
    PtxRig rig = new PtxRig();
    Random random = new Random(3);
    Shape shape = Shape.of(3, 40, 2);
    for (DType dtype : DType.values()) {
      List<OpKernel> kernels = new ArrayList<>();
      if (!dtype.isNarrow()) {
        kernels.add(SortPtxTest.kernel(rig, random, new Sort(1, false), dtype, shape));
        kernels.add(SortPtxTest.kernel(rig, random, new Sort(1, true), dtype, shape));
      }
      if (!dtype.isNarrow() && dtype != DType.BOOL) {
        kernels.add(ScanPtxTest.kernel(rig, random, dtype, shape, 1, false));
      }
      kernels.forEach(
          kernel -> rig.launches(kernel).forEach(launch -> sources.add(launch.source())));
      if (dtype.isFloating()) {
        LoopKernel copy = SearchPtxTest.copy(rig, dtype, shape);
        LoopKernel large = SearchPtxTest.copy(rig, dtype, Shape.of(3, 40, 200));
        for (Check check : List.of(Check.NAN, Check.NOT_FINITE)) {
          addSearches(sources, SearchPtx.found(check, copy, copy.outputs().getFirst()));
          addSearches(sources, SearchPtx.found(check, large, large.outputs().getFirst()));
        }
      }
    }
    return sources;
  }

  /** With results in another order than operands, so that no elements lie beside each other. */
  private static LoopKernel transposed(LoopKernel kernel) {
    List<Operand> outputs =
        kernel.outputs().stream()
            .map(o -> new Operand(o.buffer(), o.dtype(), Layout.of(SHAPE, new long[] {1, 3}, 0)))
            .toList();
    return new LoopKernel(
        kernel.label(),
        kernel.origin(),
        SHAPE,
        kernel.inputs(),
        kernel.coordinates(),
        kernel.body(),
        outputs);
  }

  private static ReduceKernel reduction(PtxRig rig, Reduction op, Operand x) {
    Shape kept = HandmadeKernels.kept(x.layout().shape(), op.axes());
    List<Operand> outputs =
        op.finish(x.dtype()).resultTypes().stream().map(dtype -> rig.operand(dtype, kept)).toList();
    return HandmadeKernels.reduction(op, x, outputs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm_70", "sm_80", "sm_86", "sm_89", "sm_90"})
  void allTextsAssemble(String chip) {
    Set<Source> sources = sources();
    String log = PtxAssembler.assemble(chip, Source.module(sources));
    long functions = sources.stream().map(Source::function).distinct().count();
    assertEquals(functions, log.lines().filter(line -> line.contains("Used ")).count());
    assertEquals(0, PtxAssembler.spills(log), log);
  }
}
