package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import jdk.incubator.vector.VectorShape;
import org.cotangent.scalar.Body;

/** The method of a {@link FusedLoop}. */
final class LoopCode extends VectorCode {
  /** {@link FusedLoop#run}. */
  static final MethodTypeDesc SIGNATURE =
      MethodTypeDesc.of(CD_int, SEGMENT.arrayType(), CD_long.arrayType(), CD_int);

  // Its parameters.
  private static final int SEGMENTS = 1;
  private static final int OFFSETS = 2;
  private static final int COUNT = 3;

  private final List<Boolean> shared;

  /**
   * Of a body.
   *
   * @param body what to compute
   * @param shared which of its inputs are a vector of one value
   * @param shape of the vectors
   * @param code takes the method
   * @param data takes its constants
   */
  LoopCode(
      Body body, List<Boolean> shared, VectorShape shape, CodeBuilder code, List<Object> data) {
    super(body, shape, code, data);
    this.shared = shared;
  }

  /** Writes it. */
  void write() {
    int entries = inputs + body.results().size();
    int[] segments = new int[entries];
    int[] offsets = new int[entries];
    Label heap = code.newLabel();
    for (int entry = 0; entry < entries; entry++) {
      segments[entry] = code.allocateLocal(TypeKind.REFERENCE);
      offsets[entry] = code.allocateLocal(TypeKind.LONG);
      code.aload(SEGMENTS).loadConstant(entry).aaload().astore(segments[entry]);
      code.aload(OFFSETS).loadConstant(entry).laload().lstore(offsets[entry]);
      requireOffHeap(segments[entry], heap);
    }
    literals();
    for (int register = 0; register < inputs; register++) {
      if (isUsed(register) && shared.get(register)) {
        code.iconst_0();
        load(segments[register], offsets[register], body.dtype(register));
        keep(register);
      }
    }
    int end = code.allocateLocal(TypeKind.INT);
    int index = code.allocateLocal(TypeKind.INT);
    code.iload(COUNT).loadConstant(-lanes).iand().istore(end);
    eachVector(
        index,
        end,
        () -> {
          for (int register = 0; register < inputs; register++) {
            if (isUsed(register) && !shared.get(register)) {
              code.iload(index);
              load(segments[register], offsets[register], body.dtype(register));
              keep(register);
            }
          }
          applyAll();
          for (int k = 0; k < body.results().size(); k++) {
            int register = body.results().get(k);
            value(register);
            code.iload(index);
            store(segments[inputs + k], offsets[inputs + k], body.dtype(register));
          }
        });
    code.iload(end).ireturn();
    refuse(heap);
  }
}
