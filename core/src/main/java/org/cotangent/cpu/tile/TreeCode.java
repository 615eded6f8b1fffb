package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import jdk.incubator.vector.VectorShape;
import org.cotangent.scalar.Body;
import org.cotangent.type.DType;

/**
 * The method of a {@link FusedTree}. Levels of more elements than a vector are combined from
 * memory, vector by vector; of the last vector of a level, only the lanes that have a partner. Then
 * a vector is combined with itself, its lanes moved down.
 */
final class TreeCode extends VectorCode {
  /** {@link FusedTree#halve}. */
  static final MethodTypeDesc SIGNATURE =
      MethodTypeDesc.of(CD_void, SEGMENT, CD_long.arrayType(), CD_int);

  // Its parameters.
  private static final int MEMORY = 1;
  private static final int OFFSETS = 2;
  private static final int COUNT = 3;

  private final int accumulators;

  /** Where the accumulators' offsets are. */
  private final int[] offsets;

  private final int index;

  /**
   * Of a body.
   *
   * @param combine makes one set of accumulators of two
   * @param shape of the vectors
   * @param code takes the method
   * @param data takes its constants
   */
  TreeCode(Body combine, VectorShape shape, CodeBuilder code, List<Object> data) {
    super(combine, shape, code, data);
    accumulators = combine.results().size();
    offsets = new int[accumulators];
    index = code.allocateLocal(TypeKind.INT);
  }

  /** Writes it. */
  void write() {
    Label heap = code.newLabel();
    requireOffHeap(MEMORY, heap);
    for (int a = 0; a < accumulators; a++) {
      offsets[a] = code.allocateLocal(TypeKind.LONG);
      code.aload(OFFSETS).loadConstant(a).laload().lstore(offsets[a]);
    }
    literals();
    levels();
    lanes();
    code.return_();
    refuse(heap);
  }

  /** Until there are no more elements than lanes. */
  private void levels() {
    int half = code.allocateLocal(TypeKind.INT);
    int rest = code.allocateLocal(TypeKind.INT);
    int end = code.allocateLocal(TypeKind.INT);
    Label level = code.newLabel();
    Label next = code.newLabel();
    Label over = code.newLabel();
    code.labelBinding(level).iload(COUNT).loadConstant(lanes).if_icmple(over);
    split(half, rest);
    code.iload(rest).loadConstant(-lanes).iand().istore(end);
    eachVector(
        index,
        end,
        () -> {
          combineAtIndex(half);
          for (int a = 0; a < accumulators; a++) {
            code.aload(slot(body.results().get(a)));
            storeAtIndex(a);
          }
        });
    code.iload(end).iload(rest).if_icmpge(next);
    combineAtIndex(half);
    for (int a = 0; a < accumulators; a++) {
      code.aload(slot(a)).aload(slot(body.results().get(a)));
      code.iload(rest).iload(end).isub();
      blendFirst(body.dtype(a));
      storeAtIndex(a);
    }
    code.labelBinding(next).iload(half).istore(COUNT).goto_(level);
    code.labelBinding(over);
  }

  /** Of the count: the largest power of two below it, and what is above that. */
  private void split(int half, int rest) {
    code.iload(COUNT)
        .iconst_1()
        .isub()
        .invokestatic(desc(Integer.class), "highestOneBit", MethodTypeDesc.of(CD_int, CD_int))
        .istore(half)
        .iload(COUNT)
        .iload(half)
        .isub()
        .istore(rest);
  }

  /** Loads the accumulators at the index and their partners, and combines them. */
  private void combineAtIndex(int half) {
    for (int a = 0; a < accumulators; a++) {
      code.iload(index);
      load(MEMORY, offsets[a], body.dtype(a));
      keep(a);
      code.iload(index).iload(half).iadd();
      load(MEMORY, offsets[a], body.dtype(a));
      keep(accumulators + a);
    }
    applyAll();
  }

  private void storeAtIndex(int accumulator) {
    code.iload(index);
    store(MEMORY, offsets[accumulator], body.dtype(accumulator));
  }

  /** Of the first vector; the count is at most that of its lanes. */
  private void lanes() {
    code.iconst_0().istore(index);
    int[] vectors = new int[accumulators];
    for (int a = 0; a < accumulators; a++) {
      code.iload(index);
      load(MEMORY, offsets[a], body.dtype(a));
      keep(a);
      vectors[a] = slot(a);
    }
    for (int step = lanes / 2; step > 0; step /= 2) {
      Label smaller = code.newLabel();
      code.iload(COUNT).loadConstant(step).if_icmple(smaller);
      for (int a = 0; a < accumulators; a++) {
        code.aload(vectors[a]);
        down(body.dtype(a), step);
        keep(accumulators + a);
      }
      applyAll();
      // All are read before the first is replaced: a result may be another's accumulator.
      for (int a = 0; a < accumulators; a++) {
        code.aload(vectors[a]).aload(slot(body.results().get(a)));
        code.iload(COUNT).loadConstant(step).isub();
        blendFirst(body.dtype(a));
      }
      for (int a = accumulators - 1; a >= 0; a--) {
        code.astore(vectors[a]);
      }
      code.loadConstant(step).istore(COUNT).labelBinding(smaller);
    }
    for (int a = 0; a < accumulators; a++) {
      code.aload(vectors[a]);
      storeAtIndex(a);
    }
  }

  /**
   * Of two vectors and an int on the stack: the first, with as many lanes of the second as the int
   * says, from 1 to one less than all.
   */
  private void blendFirst(DType dtype) {
    int count = code.allocateLocal(TypeKind.INT);
    code.istore(count);
    species(carrier(dtype));
    code.loadConstant(-1L)
        .loadConstant(Long.SIZE)
        .iload(count)
        .isub()
        .lushr()
        .invokestatic(MASK, "fromLong", MethodTypeDesc.of(MASK, SPECIES, CD_long));
    blend();
  }
}
