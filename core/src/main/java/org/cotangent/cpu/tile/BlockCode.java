package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.VectorShape;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * The methods of a {@link FusedBlock}. The tree of a block is one of whole vectors, and then one of
 * the lanes of the last. The method {@code part} lifts and combines some vectors that lie far
 * apart, which leaves one for each part; {@code rest} combines these. Neither has a loop, since one
 * of few rounds would spend most of them where HotSpot checks bounds; nor is one so long that C1
 * gives up on it, after which HotSpot would never try C2.
 */
final class BlockCode extends VectorCode {
  /** Of {@link FusedBlock#reduce}. */
  static final MethodTypeDesc REDUCE =
      MethodTypeDesc.of(CD_void, SEGMENT.arrayType(), CD_long.arrayType());

  /** Of the other methods, which are static; the last parameter is the first vector. */
  static final MethodTypeDesc PART =
      MethodTypeDesc.of(CD_void, SEGMENT.arrayType(), CD_long.arrayType(), CD_int);

  // The parameters of these.
  private static final int SEGMENTS = 0;
  private static final int OFFSETS = 1;
  private static final int FIRST = 2;

  private static final int MOST_VECTORS = 8;

  /** Loads and instructions of a method. */
  private static final int MOST = 120;

  private final BlockTree tree;

  /** From a vector that is loaded to the next, in vectors. */
  private final int distance;

  // Of each operand: variables with its segment and where in it the first vector is.
  private final int[] segments;
  private final int[] starts;

  private final boolean[] loaded;

  private BlockCode(BlockTree tree, int distance, int lanes, CodeBuilder code, List<Object> data) {
    super(tree.body(), lanes, code, data);
    this.tree = tree;
    this.distance = distance;
    segments = new int[tree.shared().size()];
    starts = new int[segments.length];
    loaded = new boolean[inputs];
  }

  /**
   * How a block is cut.
   *
   * @param part of the vectors of a part
   * @param rest of the parts
   * @param combine makes one set of accumulators of two
   * @param lanes of a vector
   */
  record Cut(BlockTree part, BlockTree rest, Body combine, int lanes) {
    /**
     * {@return how, or empty if the methods would be too long}
     *
     * @param lift the accumulators of one element
     * @param combine makes one set of accumulators of two
     * @param shared inputs of the lift that have one value for the block
     * @param count elements of the block, a power of two
     * @param shape of the vectors
     */
    static Optional<Cut> of(
        Body lift, Body combine, List<Boolean> shared, int count, VectorShape shape) {
      int lanes = Math.min(VectorCode.lanes(lift, shape), VectorCode.lanes(combine, shape));
      int all = count / lanes;
      for (int vectors = Math.min(MOST_VECTORS, all); vectors > 1; vectors /= 2) {
        BlockTree part = BlockTree.of(lift, combine, shared, vectors);
        BlockTree rest = BlockTree.of(combine, all / vectors);
        if (part.size() <= MOST && rest.size() <= MOST) {
          return Optional.of(new Cut(part, rest, combine, lanes));
        }
      }
      return Optional.empty();
    }

    /** Writes {@link FusedBlock#reduce} of a class that has the other methods too. */
    void reduce(ClassDesc owner, CodeBuilder code) {
      for (int part = 0; part < rest.count(); part++) {
        code.aload(1).aload(2).loadConstant(part).invokestatic(owner, "part", PART);
      }
      code.aload(1).aload(2).iconst_0().invokestatic(owner, "rest", PART).return_();
    }

    /** Writes what leaves a vector of each accumulator, as far on as the part's first one. */
    void part(CodeBuilder code, List<Object> data) {
      int operands = part.shared().size();
      new BlockCode(part, rest.count(), lanes, code, data).write(0, operands, null);
    }

    /** Writes what makes one element of these. */
    void rest(CodeBuilder code, List<Object> data) {
      int operands = part.shared().size();
      new BlockCode(rest, 1, lanes, code, data)
          .write(operands, operands, new LaneCode(combine, lanes, code, data));
    }
  }

  /**
   * Writes a method.
   *
   * @param from the entry of the first operand
   * @param to the entry of the first accumulator
   * @param last combines the lanes of the result, or null if they are left
   */
  private void write(int from, int to, @Nullable LaneCode last) {
    Label heap = code.newLabel();
    for (int register = 0; register < inputs; register++) {
      if (tree.elements().get(register) == 0) {
        operand(register, from + tree.operands().get(register), heap);
      }
    }
    literals();
    applyAll();
    int[] vectors = new int[body.results().size()];
    for (int a = 0; a < vectors.length; a++) {
      need(body.results().get(a));
      vectors[a] = slot(body.results().get(a));
    }
    if (last != null) {
      last.literals();
      last.reduce(vectors);
    }
    for (int a = 0; a < vectors.length; a++) {
      int segment = entry(to + a, heap);
      int at = code.allocateLocal(TypeKind.LONG);
      DType dtype = body.dtype(body.results().get(a));
      offset(to + a, dtype, false);
      code.lstore(at).aload(vectors[a]);
      storeAt(segment, at, dtype);
    }
    code.return_();
    refuse(heap);
  }

  /** {@return a variable with the segment of an entry} */
  private int entry(int entry, Label heap) {
    int segment = code.allocateLocal(TypeKind.REFERENCE);
    code.aload(SEGMENTS).loadConstant(entry).aaload().astore(segment);
    requireOffHeap(segment, heap);
    return segment;
  }

  /** Puts on the stack where in its segment an entry's first vector is. */
  private void offset(int entry, DType dtype, boolean shared) {
    code.aload(OFFSETS).loadConstant(entry).laload();
    if (!shared) {
      code.iload(FIRST).loadConstant(lanes * dtype.bytes()).imul().i2l().ladd();
    }
  }

  /** Keeps where an operand is. */
  private void operand(int register, int entry, Label heap) {
    int operand = tree.operands().get(register);
    segments[operand] = entry(entry, heap);
    starts[operand] = code.allocateLocal(TypeKind.LONG);
    offset(entry, body.dtype(register), tree.shared().get(operand));
    code.lstore(starts[operand]);
  }

  @Override
  void before(Instruction.Apply apply) {
    apply.operands().forEach(this::need);
  }

  /** Loads an input where it is used for the first time. */
  private void need(int register) {
    if (register < inputs && !loaded[register]) {
      loaded[register] = true;
      DType dtype = body.dtype(register);
      long vectors = (long) tree.elements().get(register) * distance;
      int operand = tree.operands().get(register);
      int at = code.allocateLocal(TypeKind.LONG);
      code.lload(starts[operand]).loadConstant(vectors * lanes * dtype.bytes()).ladd().lstore(at);
      loadAt(segments[operand], at, dtype);
      keep(register);
    }
  }
}
