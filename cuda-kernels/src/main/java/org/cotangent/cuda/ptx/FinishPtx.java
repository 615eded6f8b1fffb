package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Nest;
import org.cotangent.backend.Operand;
import org.cotangent.type.Shape;

/**
 * What becomes of the elements of a product: the epilogue of a contraction in place of the marks of
 * {@code product.cuh}, where registers hold an element, or neighbours in a row, and its indices.
 * All numbers are parameters, so that a text serves all sizes and strides.
 */
final class FinishPtx {
  private static final int VECTOR_BYTES = 16;

  private final PtxFunction code;
  private final ContractionKernel kernel;

  /** Of the batch, the row and the column, as the marks have them. */
  private final List<Integer> axes;

  /** The further operands, then the outputs. */
  private final List<Place> places;

  /** Of the index in the result; empty if the epilogue does not want it. */
  private final List<Reg> index;

  /**
   * Takes the parameters.
   *
   * @param code of the function
   * @param kernel with the epilogue
   * @param swapped whether the marks call rows columns and columns rows
   */
  FinishPtx(PtxFunction code, ContractionKernel kernel, boolean swapped) {
    this.code = code;
    this.kernel = kernel;
    axes = swapped ? List.of(0, 2, 1) : List.of(0, 1, 2);
    places =
        Stream.concat(kernel.further().stream(), kernel.outputs().stream())
            .map(Place::new)
            .toList();
    Shape shape = kernel.outputs().getFirst().layout().shape();
    long[] strides = {shape.dim(1) * shape.dim(2), shape.dim(2), 1};
    index =
        kernel.coordinates().isEmpty()
            ? List.of()
            : axes.stream().map(axis -> code.number(strides[axis])).toList();
  }

  /** Writes the code in place of a mark. */
  void write(String mark, List<String> operands) {
    if (mark.equals("ALIGNED")) {
      aligned(operands.getFirst());
    } else {
      finish(operands);
    }
  }

  /** Sets a flag if all neighbours in a row may be loaded and stored at once. */
  private void aligned(String flag) {
    int lanes = VECTOR_BYTES / kernel.accumulator().bytes();
    Reg all = code.op(PtxType.B64, "mov.b64", 0);
    for (Place place : places) {
      if (place.step == Nest.Step.ONE) {
        Reg bits = place.address;
        for (Reg stride : place.strides.subList(0, 2)) {
          bits = code.op(PtxType.B64, "or.b64", bits, stride);
        }
        int bytes = place.together(lanes) * place.operand.dtype().bytes();
        bits = code.op(PtxType.B64, "and.b64", bits, bytes - 1);
        all = code.op(PtxType.B64, "or.b64", all, bits);
      }
    }
    Reg isAligned = code.op(PtxType.PRED, "setp.eq.s64", all, 0);
    code.statement("selp.b32 %s, 1, 0, %s".formatted(flag, isAligned));
  }

  /** Finishes some neighbours in a row; several only where they are aligned. */
  private void finish(List<String> mark) {
    List<Reg> indices =
        mark.subList(0, 3).stream().map(name -> code.op(PtxType.B64, "mov.b64", name)).toList();
    PtxType type = PtxType.of(kernel.accumulator());
    List<Reg> products =
        mark.subList(3, mark.size()).stream()
            .map(name -> code.op(type, "mov." + type.declared(), name))
            .toList();
    int lanes = products.size();
    List<List<Reg>> inputs = new ArrayList<>(List.of(products));
    int further = kernel.further().size();
    places.subList(0, further).forEach(place -> inputs.add(place.load(indices, lanes)));
    if (!index.isEmpty()) {
      inputs.add(index(indices, lanes));
    }
    List<List<Reg>> results =
        IntStream.range(0, lanes)
            .mapToObj(lane -> inputs.stream().map(all -> all.get(lane)).toList())
            .map(each -> BodyPtx.write(code, kernel.epilogue(), each))
            .toList();
    for (int o = 0; o < kernel.outputs().size(); o++) {
      int output = o;
      places
          .get(further + o)
          .store(indices, results.stream().map(each -> each.get(output)).toList());
    }
  }

  /** The positions of neighbours in the result. */
  private List<Reg> index(List<Reg> indices, int lanes) {
    Reg first = code.moved(code.op(PtxType.B64, "mov.b64", 0), indices, index);
    return apart(first, index.getLast(), lanes);
  }

  /** Numbers, each so much more than the one before. */
  private List<Reg> apart(Reg first, Reg step, int count) {
    List<Reg> all = new ArrayList<>(List.of(first));
    while (all.size() < count) {
      all.add(code.op(PtxType.B64, "add.s64", all.getLast(), step));
    }
    return all;
  }

  /** Where an operand lies. */
  private final class Place {
    private final Operand operand;
    private final Reg address;

    /** In bytes, along the axes of the marks. */
    private final List<Reg> strides;

    /** From one column to the next. */
    private final Nest.Step step;

    Place(Operand operand) {
      this.operand = operand;
      address = code.address(operand);
      strides =
          axes.stream()
              .map(axis -> code.number(operand.layout().stride(axis) * operand.dtype().bytes()))
              .toList();
      step = Nest.Step.of(operand.layout().stride(axes.getLast()));
    }

    /** How many of some neighbours are loaded or stored at once. */
    private int together(int lanes) {
      return step == Nest.Step.ONE ? Math.min(lanes, VECTOR_BYTES / operand.dtype().bytes()) : 1;
    }

    /** The addresses of what is loaded or stored at once. */
    private List<Reg> addresses(List<Reg> indices, int lanes) {
      Reg first = code.moved(address, indices, strides);
      if (step != Nest.Step.ONE) {
        return apart(first, strides.getLast(), lanes);
      }
      int together = together(lanes);
      return IntStream.range(0, lanes / together)
          .mapToObj(i ->
              code.op(PtxType.B64, "add.s64", first, (long) i * together * operand.dtype().bytes()))
          .toList();
    }

    List<Reg> load(List<Reg> indices, int lanes) {
      ElementPtx element = new ElementPtx(code, operand.dtype());
      if (step == Nest.Step.NONE) {
        return Collections.nCopies(lanes, element.load(code.moved(address, indices, strides)));
      }
      return addresses(indices, lanes).stream()
          .flatMap(at -> element.load(at, together(lanes)).stream())
          .toList();
    }

    void store(List<Reg> indices, List<Reg> values) {
      ElementPtx element = new ElementPtx(code, operand.dtype());
      int together = together(values.size());
      List<Reg> addresses = addresses(indices, values.size());
      for (int i = 0; i < addresses.size(); i++) {
        element.store(addresses.get(i), values.subList(i * together, (i + 1) * together));
      }
    }
  }
}
