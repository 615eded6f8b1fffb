package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_MethodHandles;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.scalar.Primitive;
import org.cotangent.type.DType;

/**
 * Writes the bytecode of a {@link FusedLoop} or a {@link FusedTree}: one vector of each input is
 * loaded, each instruction is a call of the Vector API that HotSpot turns into one of the
 * processor's, and the results are stored. All registers have as many lanes; those of the widest
 * dtype fill a vector. A bool is a mask.
 *
 * <p>Not every body can be written: bools in memory, narrow dtypes, integer division, and
 * conversions between int64 and floats are left to tiles.
 *
 * <p>What a loop is made for are constants of its class (its class data), so that C2 knows them.
 */
final class FusedWriter {
  /** Larger bodies than this take HotSpot too long, or too many registers. */
  private static final int MOST = 200;

  /** A tree has some copies of its body. */
  private static final int MOST_COMBINED = 40;

  private static final ClassDesc VECTOR = desc(Vector.class);
  private static final ClassDesc MASK = desc(VectorMask.class);
  private static final ClassDesc SHUFFLE = desc(VectorShuffle.class);
  private static final ClassDesc SPECIES = desc(VectorSpecies.class);
  private static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc BYTE_ORDER = desc(ByteOrder.class);
  private static final ClassDesc UNARY = desc(VectorOperators.Unary.class);
  private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
  private static final ClassDesc TERNARY = desc(VectorOperators.Ternary.class);
  private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
  private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);

  private static final MethodTypeDesc LOAD =
      MethodTypeDesc.of(VECTOR, SEGMENT, CD_long, BYTE_ORDER);
  private static final MethodTypeDesc STORE =
      MethodTypeDesc.of(CD_void, SEGMENT, CD_long, BYTE_ORDER);
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(CD_int, SEGMENT.arrayType(), CD_long.arrayType(), CD_int);

  private static final MethodTypeDesc HALVE =
      MethodTypeDesc.of(CD_void, SEGMENT, CD_long.arrayType(), CD_int);

  private final Body body;
  private final int inputs;
  private final int lanes;
  private final VectorShape shape;
  private final List<Object> data = new ArrayList<>();
  private final Map<DType, Integer> species = new EnumMap<>(DType.class);

  /** Of registers that are masks, the dtype whose species they have. */
  private final DType[] maskOf;

  /** Where registers are among the method's variables. */
  private final int[] slots;

  private final Set<Integer> used = new HashSet<>();
  private int end;
  private int index;

  private FusedWriter(Body body, VectorShape shape) {
    this.body = body;
    this.shape = shape;
    inputs = body.inputs().size();
    int registers = inputs + body.instructions().size();
    maskOf = new DType[registers];
    slots = new int[registers];
    int widest = Integer.BYTES;
    for (int register = 0; register < registers; register++) {
      widest = Math.max(widest, body.dtype(register).bytes());
    }
    lanes = shape.vectorBitSize() / 8 / widest;
    findUsed();
  }

  /**
   * {@return the loop of a body, or empty if it cannot be written}
   *
   * @param body what to compute
   * @param shape of its vectors
   */
  static Optional<FusedLoop> loop(Body body, VectorShape shape) {
    return of(body, shape).map(writer -> writer.load(FusedLoop.class, "run", RUN, writer::run));
  }

  /**
   * {@return the tree of a body that combines two sets of accumulators, or empty if it cannot be
   * written}
   *
   * @param combine with the inputs of one set, then those of the other
   * @param shape of its vectors
   */
  static Optional<FusedTree> tree(Body combine, VectorShape shape) {
    return of(combine, shape)
        .filter(writer -> combine.instructions().size() <= MOST_COMBINED)
        .map(writer -> writer.load(FusedTree.class, "halve", HALVE, writer::halve));
  }

  private static Optional<FusedWriter> of(Body body, VectorShape shape) {
    if (!body.inputs().stream().allMatch(FusedWriter::isWide)
        || !body.resultTypes().stream().allMatch(FusedWriter::isWide)
        || body.instructions().size() > MOST) {
      return Optional.empty();
    }
    FusedWriter writer = new FusedWriter(body, shape);
    for (Instruction instruction : body.instructions()) {
      if (!writer.isWritable(instruction)) {
        return Optional.empty();
      }
    }
    return Optional.of(writer);
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  private static boolean isWide(DType dtype) {
    return switch (dtype) {
      case FLOAT32, FLOAT64, INT32, INT64 -> true;
      case BOOL, INT8, UINT8, INT16, FLOAT16, BFLOAT16 -> false;
    };
  }

  private boolean isWritable(Instruction instruction) {
    boolean fits = isWide(instruction.dtype()) || instruction.dtype() == DType.BOOL;
    return fits
        && switch (instruction) {
          case Instruction.Literal _ -> true;
          case Instruction.Apply apply -> isWritable(apply, body.dtype(apply.operands().getLast()));
        };
  }

  private static boolean isWritable(Instruction.Apply apply, DType operand) {
    boolean bool = operand == DType.BOOL;
    return switch (apply.primitive()) {
      case ADD, SUB, MUL, FMA, SQRT, NEG, ABS, RINT, FLOOR, SHL, SHR, USHR -> !bool;
      case MIN, MAX, AND, OR, XOR, NOT, BITCAST -> true;
      case LT, LE, EQ, SELECT -> !bool;
      case DIV -> operand.isFloating();
      case REM -> false;
      case CONVERT ->
          !(operand == DType.INT64 && apply.dtype().isFloating())
              && !(operand.isFloating() && apply.dtype() == DType.INT64);
    };
  }

  private <T> T load(
      Class<T> type, String method, MethodTypeDesc signature, Consumer<CodeBuilder> writer) {
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of(FusedWriter.class.getPackageName(), "Fused"),
                fused ->
                    fused
                        .withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
                        .withInterfaceSymbols(desc(type))
                        .withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            0,
                            code ->
                                code.aload(0)
                                    .invokespecial(
                                        CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                    .return_())
                        .withMethodBody(method, signature, ClassFile.ACC_PUBLIC, writer));
    try {
      return MethodHandles.lookup()
          .defineHiddenClassWithClassData(bytes, List.copyOf(data), true)
          .lookupClass()
          .asSubclass(type)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- constants

  private int datum(Object object) {
    int known = data.indexOf(object);
    if (known >= 0) {
      return known;
    }
    data.add(object);
    return data.size() - 1;
  }

  private static void constant(CodeBuilder code, ClassDesc type, int datum) {
    code.loadConstant(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.ofConstantBootstrap(CD_MethodHandles, "classDataAt", CD_Object, CD_int),
            ConstantDescs.DEFAULT_NAME,
            type,
            datum));
  }

  private VectorSpecies<?> speciesOf(DType dtype) {
    Class<?> carrier =
        switch (dtype) {
          case FLOAT32 -> float.class;
          case FLOAT64 -> double.class;
          case INT32 -> int.class;
          case INT64 -> long.class;
          default -> throw new IllegalArgumentException(dtype + " has no vectors here");
        };
    return VectorSpecies.of(carrier, VectorShape.forBitSize(8 * lanes * dtype.bytes()));
  }

  private void species(CodeBuilder code, DType dtype) {
    constant(code, SPECIES, species.computeIfAbsent(dtype, d -> datum(speciesOf(d))));
  }

  private void order(CodeBuilder code) {
    constant(code, BYTE_ORDER, datum(VectorLoops.ORDER));
  }

  // ---- the method

  private Instruction instruction(int register) {
    return body.instructions().get(register - inputs);
  }

  private void findUsed() {
    used.addAll(body.results());
    for (int register = slots.length - 1; register >= inputs; register--) {
      if (used.contains(register) && instruction(register) instanceof Instruction.Apply apply) {
        used.addAll(apply.operands());
      }
    }
  }

  private void run(CodeBuilder code) {
    int entries = inputs + body.results().size();
    int[] segments = new int[entries];
    int[] offsets = new int[entries];
    Label heap = code.newLabel();
    for (int entry = 0; entry < entries; entry++) {
      segments[entry] = code.allocateLocal(TypeKind.REFERENCE);
      offsets[entry] = code.allocateLocal(TypeKind.LONG);
      code.aload(1).loadConstant(entry).aaload().astore(segments[entry]);
      code.aload(2).loadConstant(entry).laload().lstore(offsets[entry]);
      // As in VectorLoops: C2 must hear the class of each segment here.
      code.aload(segments[entry])
          .invokeinterface(SEGMENT, "isNative", MethodTypeDesc.of(CD_boolean))
          .ifeq(heap);
    }
    literals(code);
    end = code.allocateLocal(TypeKind.INT);
    index = code.allocateLocal(TypeKind.INT);
    code.iload(3).loadConstant(-lanes).iand().istore(end).iconst_0().istore(index);
    Label next = code.newLabel();
    Label done = code.newLabel();
    code.labelBinding(next).iload(index).iload(end).if_icmpge(done);
    for (int register = 0; register < inputs; register++) {
      if (used.contains(register)) {
        species(code, body.dtype(register));
        address(code, segments[register], offsets[register], body.dtype(register));
        code.invokeinterface(SPECIES, "fromMemorySegment", LOAD);
        keep(code, register);
      }
    }
    applyAll(code);
    for (int k = 0; k < body.results().size(); k++) {
      int register = body.results().get(k);
      code.aload(slots[register]);
      address(code, segments[inputs + k], offsets[inputs + k], body.dtype(register));
      code.invokevirtual(VECTOR, "intoMemorySegment", STORE);
    }
    code.iload(index).loadConstant(lanes).iadd().istore(index).goto_(next);
    code.labelBinding(done).iload(end).ireturn();
    refuse(code, heap);
  }

  /** Where memory on the heap was found. */
  private static void refuse(CodeBuilder code, Label heap) {
    ClassDesc exception = desc(IllegalArgumentException.class);
    code.labelBinding(heap)
        .new_(exception)
        .dup()
        .loadConstant(VectorLoops.HEAP)
        .invokespecial(
            exception, ConstantDescs.INIT_NAME, MethodTypeDesc.of(CD_void, ConstantDescs.CD_String))
        .athrow();
  }

  /** All instructions, of inputs that are there. */
  private void applyAll(CodeBuilder code) {
    for (int register = inputs; register < slots.length; register++) {
      if (used.contains(register) && instruction(register) instanceof Instruction.Apply apply) {
        apply(code, register, apply, body.dtype(apply.operands().getLast()));
      }
    }
  }

  /**
   * Levels of more elements than a vector are combined from memory, vector by vector; of the last
   * vector of a level, only the lanes that have a partner. Then a vector is combined with itself,
   * its lanes moved down.
   */
  private void halve(CodeBuilder code) {
    int accumulators = body.results().size();
    int[] offsets = new int[accumulators];
    Label heap = code.newLabel();
    code.aload(1).invokeinterface(SEGMENT, "isNative", MethodTypeDesc.of(CD_boolean)).ifeq(heap);
    for (int a = 0; a < accumulators; a++) {
      offsets[a] = code.allocateLocal(TypeKind.LONG);
      code.aload(2).loadConstant(a).laload().lstore(offsets[a]);
    }
    literals(code);
    int half = code.allocateLocal(TypeKind.INT);
    int rest = code.allocateLocal(TypeKind.INT);
    end = code.allocateLocal(TypeKind.INT);
    index = code.allocateLocal(TypeKind.INT);
    Label level = code.newLabel();
    Label lanesLeft = code.newLabel();
    code.labelBinding(level).iload(3).loadConstant(lanes).if_icmple(lanesLeft);
    split(code, half, rest);
    code.iload(rest).loadConstant(-lanes).iand().istore(end).iconst_0().istore(index);
    Label next = code.newLabel();
    Label partial = code.newLabel();
    Label over = code.newLabel();
    code.labelBinding(next).iload(index).iload(end).if_icmpge(partial);
    for (int a = 0; a < accumulators; a++) {
      loadAt(code, a, offsets, -1);
      loadAt(code, a, offsets, half);
    }
    applyAll(code);
    for (int a = 0; a < accumulators; a++) {
      code.aload(slots[body.results().get(a)]);
      storeAt(code, a, offsets);
    }
    code.iload(index).loadConstant(lanes).iadd().istore(index).goto_(next);
    code.labelBinding(partial).iload(end).iload(rest).if_icmpge(over);
    for (int a = 0; a < accumulators; a++) {
      loadAt(code, a, offsets, -1);
      loadAt(code, a, offsets, half);
    }
    applyAll(code);
    for (int a = 0; a < accumulators; a++) {
      code.aload(slots[a]).aload(slots[body.results().get(a)]);
      code.iload(rest).iload(end).isub();
      firstLanes(code, body.dtype(a));
      blend(code);
      storeAt(code, a, offsets);
    }
    code.labelBinding(over).iload(half).istore(3).goto_(level);
    code.labelBinding(lanesLeft);
    code.iconst_0().istore(index);
    int[] vectors = new int[accumulators];
    for (int a = 0; a < accumulators; a++) {
      loadAt(code, a, offsets, -1);
      vectors[a] = code.allocateLocal(TypeKind.REFERENCE);
      code.aload(slots[a]).astore(vectors[a]);
    }
    int[] combined = new int[accumulators];
    for (int step = lanes / 2; step > 0; step /= 2) {
      Label smaller = code.newLabel();
      code.iload(3).loadConstant(step).if_icmple(smaller);
      for (int a = 0; a < accumulators; a++) {
        slots[a] = vectors[a];
        VectorSpecies<?> type = speciesOf(body.dtype(a));
        code.aload(vectors[a]);
        constant(code, SHUFFLE, datum(VectorShuffle.iota(type, step, 1, true)));
        code.invokevirtual(VECTOR, "rearrange", MethodTypeDesc.of(VECTOR, SHUFFLE));
        keep(code, accumulators + a);
      }
      applyAll(code);
      for (int a = 0; a < accumulators; a++) {
        code.aload(vectors[a]).aload(slots[body.results().get(a)]);
        code.iload(3).loadConstant(step).isub();
        firstLanes(code, body.dtype(a));
        blend(code);
        combined[a] = code.allocateLocal(TypeKind.REFERENCE);
        code.astore(combined[a]);
      }
      for (int a = 0; a < accumulators; a++) {
        code.aload(combined[a]).astore(vectors[a]);
      }
      code.loadConstant(step).istore(3).labelBinding(smaller);
    }
    for (int a = 0; a < accumulators; a++) {
      code.aload(vectors[a]);
      storeAt(code, a, offsets);
    }
    code.return_();
    refuse(code, heap);
  }

  /** Of the count: the largest power of two below it, and what is above that. */
  private static void split(CodeBuilder code, int half, int rest) {
    code.iload(3)
        .iconst_1()
        .isub()
        .invokestatic(desc(Integer.class), "highestOneBit", MethodTypeDesc.of(CD_int, CD_int))
        .istore(half)
        .iload(3)
        .iload(half)
        .isub()
        .istore(rest);
  }

  /** An accumulator at the index as an input, or at the index and {@code plus} as its partner. */
  private void loadAt(CodeBuilder code, int accumulator, int[] offsets, int plus) {
    DType dtype = body.dtype(accumulator);
    species(code, dtype);
    code.aload(1).lload(offsets[accumulator]).iload(index);
    if (plus >= 0) {
      code.iload(plus).iadd();
    }
    code.i2l().loadConstant((long) dtype.bytes()).lmul().ladd();
    order(code);
    code.invokeinterface(SPECIES, "fromMemorySegment", LOAD);
    keep(code, plus < 0 ? accumulator : inputs / 2 + accumulator);
  }

  /** The vector on the stack to the index of an accumulator. */
  private void storeAt(CodeBuilder code, int accumulator, int[] offsets) {
    address(code, 1, offsets[accumulator], body.dtype(accumulator));
    code.invokevirtual(VECTOR, "intoMemorySegment", STORE);
  }

  /** A mask of as many lanes as the int on the stack says, from 1 to one less than all. */
  private void firstLanes(CodeBuilder code, DType dtype) {
    int count = code.allocateLocal(TypeKind.INT);
    code.istore(count);
    species(code, dtype);
    code.loadConstant(-1L)
        .loadConstant(Long.SIZE)
        .iload(count)
        .isub()
        .lushr()
        .invokestatic(MASK, "fromLong", MethodTypeDesc.of(MASK, SPECIES, CD_long));
  }

  /** Segment, offset of this turn, byte order. */
  private void address(CodeBuilder code, int segment, int offset, DType dtype) {
    code.aload(segment)
        .lload(offset)
        .iload(index)
        .i2l()
        .loadConstant((long) dtype.bytes())
        .lmul()
        .ladd();
    order(code);
  }

  private void keep(CodeBuilder code, int register) {
    slots[register] = code.allocateLocal(TypeKind.REFERENCE);
    code.astore(slots[register]);
  }

  /** Literals are loaded before the loop, from memory in which each is repeated. */
  private void literals(CodeBuilder code) {
    List<Instruction.Literal> values = new ArrayList<>();
    List<Integer> registers = new ArrayList<>();
    for (int register = inputs; register < slots.length; register++) {
      if (used.contains(register) && instruction(register) instanceof Instruction.Literal literal) {
        if (literal.dtype() == DType.BOOL) {
          maskOf[register] = anyDtype();
          species(code, maskOf[register]);
          code.loadConstant(literal.bits() == 0 ? 0 : 1)
              .invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
          keep(code, register);
        } else {
          values.add(literal);
          registers.add(register);
        }
      }
    }
    if (values.isEmpty()) {
      return;
    }
    MemorySegment memory =
        Arena.ofAuto().allocate((long) TileOps.SPLAT_BYTES * values.size(), TileOps.SPLAT_BYTES);
    int datum = datum(memory);
    for (int i = 0; i < values.size(); i++) {
      DType dtype = values.get(i).dtype();
      long at = (long) TileOps.SPLAT_BYTES * i;
      Tiles.splat(memory, at, dtype, values.get(i).bits());
      species(code, dtype);
      constant(code, SEGMENT, datum);
      code.loadConstant(at);
      order(code);
      code.invokeinterface(SPECIES, "fromMemorySegment", LOAD);
      keep(code, registers.get(i));
    }
  }

  /** {@return a dtype for masks that no comparison made} */
  private DType anyDtype() {
    return lanes * Integer.BYTES * 8 == shape.vectorBitSize() ? DType.INT32 : DType.INT64;
  }

  private void apply(CodeBuilder code, int register, Instruction.Apply apply, DType operand) {
    if (operand == DType.BOOL) {
      applyToMasks(code, register, apply);
      return;
    }
    int a = slots[apply.operands().getFirst()];
    switch (apply.primitive()) {
      case ADD -> binary(code, apply, VectorOperators.ADD);
      case SUB -> binary(code, apply, VectorOperators.SUB);
      case MUL -> binary(code, apply, VectorOperators.MUL);
      case DIV -> binary(code, apply, VectorOperators.DIV);
      case MIN, MAX -> extremum(code, apply, operand);
      case AND -> binary(code, apply, VectorOperators.AND);
      case OR -> binary(code, apply, VectorOperators.OR);
      case XOR -> binary(code, apply, VectorOperators.XOR);
      case SHL -> binary(code, apply, VectorOperators.LSHL);
      case SHR -> binary(code, apply, VectorOperators.ASHR);
      case USHR -> binary(code, apply, VectorOperators.LSHR);
      case NEG -> unary(code.aload(a), VectorOperators.NEG);
      case ABS -> unary(code.aload(a), VectorOperators.ABS);
      case SQRT -> unary(code.aload(a), VectorOperators.SQRT);
      case NOT -> unary(code.aload(a), VectorOperators.NOT);
      case FMA -> {
        code.aload(a);
        constant(code, TERNARY, datum(VectorOperators.FMA));
        code.aload(slots[apply.operands().get(1)])
            .aload(slots[apply.operands().get(2)])
            .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, TERNARY, VECTOR, VECTOR));
      }
      case RINT -> round(code, a, operand, false);
      case FLOOR -> round(code, a, operand, true);
      case LT, LE, EQ -> {
        maskOf[register] = operand;
        compare(
            code.aload(a),
            switch (apply.primitive()) {
              case LT -> VectorOperators.LT;
              case LE -> VectorOperators.LE;
              default -> VectorOperators.EQ;
            },
            slots[apply.operands().get(1)]);
      }
      case SELECT -> {
        code.aload(slots[apply.operands().get(2)]).aload(slots[apply.operands().get(1)]);
        mask(code, apply.operands().getFirst(), operand);
        blend(code);
      }
      case CONVERT -> convert(code, register, apply, operand);
      case BITCAST -> bitcast(code.aload(a), operand, apply.dtype());
      case REM -> throw new IllegalArgumentException(apply.toString());
    }
    keep(code, register);
  }

  /**
   * With a number that is known, as in a ReLU or where a function clamps, one comparison does: else
   * a float's zeros and NaN cost the processor five instructions.
   */
  private void extremum(CodeBuilder code, Instruction.Apply apply, DType dtype) {
    boolean max = apply.primitive() == Primitive.MAX;
    int first = apply.operands().get(0);
    int second = apply.operands().get(1);
    int known = isNumber(second) ? second : first;
    if (!dtype.isFloating() || !isNumber(known)) {
      binary(code, apply, max ? VectorOperators.MAX : VectorOperators.MIN);
      return;
    }
    int x = slots[known == second ? first : second];
    boolean negativeZero =
        literal(known).bits() == (dtype == DType.FLOAT32 ? dtype.bits(-0f) : dtype.bits(-0d));
    // A NaN is in no relation to anything and stays. Of zeros, 0 takes the place of -0 in a
    // maximum, and -0 that of 0 in a minimum.
    VectorOperators.Comparison loses;
    if (max) {
      loses = negativeZero ? VectorOperators.LT : VectorOperators.LE;
    } else {
      loses = negativeZero ? VectorOperators.GE : VectorOperators.GT;
    }
    code.aload(x).aload(slots[known]);
    compare(code.aload(x), loses, slots[known]);
    blend(code);
  }

  /** {@return whether a register is a literal that is not NaN} */
  private boolean isNumber(int register) {
    return register >= inputs
        && instruction(register) instanceof Instruction.Literal literal
        && literal.value() instanceof Number number
        && !Double.isNaN(number.doubleValue());
  }

  private Instruction.Literal literal(int register) {
    return (Instruction.Literal) instruction(register);
  }

  private void binary(CodeBuilder code, Instruction.Apply apply, VectorOperators.Binary operator) {
    code.aload(slots[apply.operands().get(0)]);
    constant(code, BINARY, datum(operator));
    code.aload(slots[apply.operands().get(1)])
        .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR));
  }

  /** Of the vector on the stack. */
  private void unary(CodeBuilder code, VectorOperators.Unary operator) {
    constant(code, UNARY, datum(operator));
    code.invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, UNARY));
  }

  /** Of the vector on the stack and a variable. */
  private void compare(CodeBuilder code, VectorOperators.Comparison operator, int with) {
    constant(code, COMPARISON, datum(operator));
    code.aload(with).invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
  }

  private static void blend(CodeBuilder code) {
    code.invokevirtual(VECTOR, "blend", MethodTypeDesc.of(VECTOR, VECTOR, MASK));
  }

  private void broadcast(CodeBuilder code, DType dtype, long value) {
    species(code, dtype);
    code.loadConstant(value)
        .invokeinterface(SPECIES, "broadcast", MethodTypeDesc.of(VECTOR, CD_long));
  }

  /** A register as a mask of a dtype's species. */
  private void mask(CodeBuilder code, int register, DType dtype) {
    code.aload(slots[register]);
    if (maskOf[register] != dtype) {
      species(code, dtype);
      code.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
    }
  }

  private void applyToMasks(CodeBuilder code, int register, Instruction.Apply apply) {
    int a = apply.operands().getFirst();
    DType dtype = maskOf[a];
    String method =
        switch (apply.primitive()) {
          case MIN, AND -> "and";
          case MAX, OR -> "or";
          case XOR -> "xor";
          default -> "";
        };
    if (!method.isEmpty()) {
      maskOf[register] = dtype;
      code.aload(slots[a]);
      mask(code, apply.operands().get(1), dtype);
      code.invokevirtual(MASK, method, MethodTypeDesc.of(MASK, MASK));
    } else if (apply.primitive() == Primitive.NOT) {
      maskOf[register] = dtype;
      code.aload(slots[a]).invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
    } else if (apply.dtype() == DType.BOOL) {
      maskOf[register] = dtype;
      code.aload(slots[a]);
    } else {
      broadcast(code, apply.dtype(), 0);
      broadcast(code, apply.dtype(), 1);
      mask(code, a, apply.dtype());
      blend(code);
    }
    keep(code, register);
  }

  private void convert(CodeBuilder code, int register, Instruction.Apply apply, DType from) {
    int a = slots[apply.operands().getFirst()];
    DType to = apply.dtype();
    code.aload(a);
    if (to == DType.BOOL) {
      maskOf[register] = from;
      constant(code, COMPARISON, datum(VectorOperators.NE));
      broadcast(code, from, 0);
      code.invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
    } else if (to != from) {
      constant(
          code,
          CONVERSION,
          datum(
              VectorOperators.Conversion.ofCast(
                  speciesOf(from).elementType(), speciesOf(to).elementType())));
      species(code, to);
      code.iconst_0()
          .invokevirtual(
              VECTOR, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int));
    }
  }

  private static void bitcast(CodeBuilder code, DType from, DType to) {
    if (from.isFloating() != to.isFloating()) {
      code.invokevirtual(
          VECTOR,
          to.isFloating() ? "viewAsFloatingLanes" : "viewAsIntegralLanes",
          MethodTypeDesc.of(VECTOR));
    }
  }

  /** As {@link VectorLoops.Round}, where it is explained. */
  private void round(CodeBuilder code, int x, DType dtype, boolean floor) {
    int integral = code.allocateLocal(TypeKind.REFERENCE);
    int size = code.allocateLocal(TypeKind.REFERENCE);
    int near = code.allocateLocal(TypeKind.REFERENCE);
    int zero = code.allocateLocal(TypeKind.REFERENCE);
    broadcast(code, dtype, dtype == DType.FLOAT32 ? 1L << 23 : 1L << 52);
    code.astore(integral);
    broadcast(code, dtype, 0);
    code.astore(zero);
    unary(code.aload(x), VectorOperators.ABS);
    code.astore(size).aload(size);
    constant(code, BINARY, datum(VectorOperators.ADD));
    code.aload(integral)
        .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR));
    constant(code, BINARY, datum(VectorOperators.SUB));
    code.aload(integral)
        .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR))
        .astore(near);
    // x, then near with the sign of x, then where the latter is right.
    code.aload(x).aload(near).aload(near);
    unary(code, VectorOperators.NEG);
    compare(code.aload(x), VectorOperators.LT, zero);
    blend(code);
    compare(code.aload(near), VectorOperators.NE, size);
    compare(code.aload(size), VectorOperators.LT, integral);
    code.invokevirtual(MASK, "and", MethodTypeDesc.of(MASK, MASK));
    blend(code);
    if (floor) {
      int rounded = code.allocateLocal(TypeKind.REFERENCE);
      code.astore(rounded).aload(rounded).aload(rounded);
      constant(code, BINARY, datum(VectorOperators.SUB));
      broadcast(code, dtype, 1);
      code.invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR));
      compare(code.aload(rounded), VectorOperators.GT, x);
      blend(code);
    }
  }
}
