package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_MethodHandles;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * Writes what a body computes as calls of the Vector API, which HotSpot turns into one instruction
 * of the processor each. A register is a vector in a local variable, a bool a mask. All have as
 * many lanes: those of the widest dtype fill a vector, here or in what the code is a part of.
 */
abstract sealed class VectorCode permits BlockCode, LaneCode, LoopCode, TreeCode {
  static final ClassDesc VECTOR = desc(Vector.class);
  static final ClassDesc MASK = desc(VectorMask.class);
  static final ClassDesc SPECIES = desc(VectorSpecies.class);
  static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc SHUFFLE = desc(VectorShuffle.class);
  private static final ClassDesc BYTE_ORDER = desc(ByteOrder.class);
  private static final ClassDesc UNARY = desc(VectorOperators.Unary.class);
  private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
  private static final ClassDesc TERNARY = desc(VectorOperators.Ternary.class);
  private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
  private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);

  final Body body;
  final CodeBuilder code;
  final int inputs;

  /** Elements of a vector. */
  final int lanes;

  private final VectorShape shape;
  private final List<Object> data;

  /** Of registers that are masks, the dtype whose species they have. */
  private final DType[] maskOf;

  /** Where registers are among the method's variables. */
  private final int[] slots;

  private final Set<Integer> used = new HashSet<>();

  VectorCode(Body body, VectorShape shape, CodeBuilder code, List<Object> data) {
    this(body, lanes(body, shape), shape, code, data);
  }

  /** With fewer lanes than would fill a vector. */
  VectorCode(Body body, int lanes, VectorShape shape, CodeBuilder code, List<Object> data) {
    this.body = body;
    this.lanes = lanes;
    this.shape = shape;
    this.code = code;
    this.data = data;
    inputs = body.inputs().size();
    int registers = inputs + body.instructions().size();
    maskOf = new DType[registers];
    slots = new int[registers];
    used.addAll(body.results());
    for (int register = registers - 1; register >= inputs; register--) {
      if (isUsed(register) && instruction(register) instanceof Instruction.Apply apply) {
        used.addAll(apply.operands());
      }
    }
  }

  /** {@return how many elements fill a vector of the body's widest dtype} */
  static int lanes(Body body, VectorShape shape) {
    int widest = Integer.BYTES;
    for (int register = 0;
        register < body.inputs().size() + body.instructions().size();
        register++) {
      widest = Math.max(widest, body.dtype(register).bytes());
    }
    return shape.vectorBitSize() / 8 / widest;
  }

  static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  // ---- constants

  /** {@return the place of an object among the constants} */
  int datum(Object object) {
    int known = data.indexOf(object);
    if (known >= 0) {
      return known;
    }
    data.add(object);
    return data.size() - 1;
  }

  /** Puts a constant on the stack. */
  void constant(ClassDesc type, int datum) {
    code.loadConstant(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.ofConstantBootstrap(CD_MethodHandles, "classDataAt", CD_Object, CD_int),
            ConstantDescs.DEFAULT_NAME,
            type,
            datum));
  }

  VectorSpecies<?> speciesOf(DType dtype) {
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

  /** Puts the species of a dtype on the stack. */
  void species(DType dtype) {
    constant(SPECIES, datum(speciesOf(dtype)));
  }

  private void broadcast(DType dtype, long value) {
    species(dtype);
    code.loadConstant(value)
        .invokeinterface(SPECIES, "broadcast", MethodTypeDesc.of(VECTOR, CD_long));
  }

  // ---- memory

  /** Of a vector on the stack: its lanes moved down. */
  void down(DType dtype, int lanesDown) {
    constant(SHUFFLE, datum(VectorShuffle.iota(speciesOf(dtype), lanesDown, 1, true)));
    code.invokevirtual(VECTOR, "rearrange", MethodTypeDesc.of(VECTOR, SHUFFLE));
  }

  /** Goes where {@link #refuse} is, if a segment is on the heap. */
  void requireOffHeap(int segment, Label heap) {
    // As in VectorLoops: C2 must hear the class of each segment here.
    code.aload(segment)
        .invokeinterface(SEGMENT, "isNative", MethodTypeDesc.of(CD_boolean))
        .ifeq(heap);
  }

  /** Where memory on the heap was found. */
  void refuse(Label heap) {
    ClassDesc exception = desc(IllegalArgumentException.class);
    code.labelBinding(heap)
        .new_(exception)
        .dup()
        .loadConstant(VectorLoops.HEAP)
        .invokespecial(
            exception, ConstantDescs.INIT_NAME, MethodTypeDesc.of(CD_void, ConstantDescs.CD_String))
        .athrow();
  }

  /** Does something for each whole vector below the end; then the index is the end. */
  void eachVector(int index, int end, Runnable something) {
    Label next = code.newLabel();
    Label done = code.newLabel();
    code.iconst_0().istore(index);
    code.labelBinding(next).iload(index).iload(end).if_icmpge(done);
    something.run();
    code.iload(index).loadConstant(lanes).iadd().istore(index).goto_(next);
    code.labelBinding(done);
  }

  /** Of an index on the stack: the vector that starts with this element. */
  void load(int segment, int offset, DType dtype) {
    int at = address(offset, dtype);
    species(dtype);
    code.aload(segment).lload(at);
    loadFrom();
  }

  /** Of a species, a segment and an offset in bytes on the stack: the vector there. */
  void loadFrom() {
    order();
    code.invokeinterface(
        SPECIES, "fromMemorySegment", MethodTypeDesc.of(VECTOR, SEGMENT, CD_long, BYTE_ORDER));
  }

  /** Of a vector and an index on the stack: the vector becomes what starts with this element. */
  void store(int segment, int offset, DType dtype) {
    int at = address(offset, dtype);
    code.aload(segment).lload(at);
    storeTo();
  }

  /**
   * Of a vector, a segment and an offset in bytes on the stack: the vector becomes what is there.
   */
  void storeTo() {
    order();
    code.invokevirtual(
        VECTOR, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, BYTE_ORDER));
  }

  /** Of an index on the stack: {@return the variable with its offset in bytes} */
  private int address(int offset, DType dtype) {
    int at = code.allocateLocal(TypeKind.LONG);
    code.i2l().loadConstant((long) dtype.bytes()).lmul().lload(offset).ladd().lstore(at);
    return at;
  }

  private void order() {
    constant(BYTE_ORDER, datum(VectorLoops.ORDER));
  }

  // ---- registers

  /** {@return the variable that holds a register} */
  int slot(int register) {
    return slots[register];
  }

  /** {@return whether a result depends on a register} */
  boolean isUsed(int register) {
    return used.contains(register);
  }

  /** Makes what is on the stack the value of a register. */
  void keep(int register) {
    slots[register] = code.allocateLocal(TypeKind.REFERENCE);
    code.astore(slots[register]);
  }

  private Instruction instruction(int register) {
    return body.instructions().get(register - inputs);
  }

  /** Literals are loaded before a loop, from memory in which each is repeated. */
  void literals() {
    List<Instruction.Literal> values = new ArrayList<>();
    List<Integer> registers = new ArrayList<>();
    for (int register = inputs; register < slots.length; register++) {
      if (isUsed(register) && instruction(register) instanceof Instruction.Literal literal) {
        if (literal.dtype() == DType.BOOL) {
          maskOf[register] = anyDtype();
          species(maskOf[register]);
          code.loadConstant(literal.bits() == 0 ? 0 : 1)
              .invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
          keep(register);
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
    int segment = code.allocateLocal(TypeKind.REFERENCE);
    constant(SEGMENT, datum(memory));
    code.astore(segment);
    int start = code.allocateLocal(TypeKind.LONG);
    for (int i = 0; i < values.size(); i++) {
      DType dtype = values.get(i).dtype();
      long at = (long) TileOps.SPLAT_BYTES * i;
      Tiles.splat(memory, at, dtype, values.get(i).bits());
      code.loadConstant(at).lstore(start).iconst_0();
      load(segment, start, dtype);
      keep(registers.get(i));
    }
  }

  /** {@return a dtype for masks that no comparison made} */
  private DType anyDtype() {
    return lanes * Integer.SIZE == shape.vectorBitSize() ? DType.INT32 : DType.INT64;
  }

  // ---- instructions

  /** All instructions, of inputs that are there. */
  void applyAll() {
    for (int register = inputs; register < slots.length; register++) {
      if (isUsed(register) && instruction(register) instanceof Instruction.Apply apply) {
        before(apply);
        DType operand = body.dtype(apply.operands().getLast());
        if (operand == DType.BOOL) {
          applyToMasks(register, apply);
        } else {
          apply(register, apply, operand);
        }
        keep(register);
      }
    }
  }

  /** Called before an instruction is written. */
  void before(Instruction.Apply apply) {}

  private int operand(Instruction.Apply apply, int k) {
    return slots[apply.operands().get(k)];
  }

  private void apply(int register, Instruction.Apply apply, DType dtype) {
    int a = operand(apply, 0);
    switch (apply.primitive()) {
      case ADD -> binary(apply, VectorOperators.ADD);
      case SUB -> binary(apply, VectorOperators.SUB);
      case MUL -> binary(apply, VectorOperators.MUL);
      case DIV -> binary(apply, VectorOperators.DIV);
      case MIN, MAX -> extremum(apply, dtype);
      case AND -> binary(apply, VectorOperators.AND);
      case OR -> binary(apply, VectorOperators.OR);
      case XOR -> binary(apply, VectorOperators.XOR);
      case SHL -> binary(apply, VectorOperators.LSHL);
      case SHR -> binary(apply, VectorOperators.ASHR);
      case USHR -> binary(apply, VectorOperators.LSHR);
      case NEG -> lanewise(a, VectorOperators.NEG);
      case ABS -> lanewise(a, VectorOperators.ABS);
      case SQRT -> lanewise(a, VectorOperators.SQRT);
      case NOT -> lanewise(a, VectorOperators.NOT);
      case FMA -> {
        code.aload(a);
        constant(TERNARY, datum(VectorOperators.FMA));
        code.aload(operand(apply, 1))
            .aload(operand(apply, 2))
            .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, TERNARY, VECTOR, VECTOR));
      }
      case RINT -> round(a, dtype, false);
      case FLOOR -> round(a, dtype, true);
      case LT -> comparison(register, apply, VectorOperators.LT, dtype);
      case LE -> comparison(register, apply, VectorOperators.LE, dtype);
      case EQ -> comparison(register, apply, VectorOperators.EQ, dtype);
      case SELECT -> {
        code.aload(operand(apply, 2)).aload(operand(apply, 1));
        mask(apply.operands().getFirst(), dtype);
        blend();
      }
      case CONVERT -> convert(register, a, dtype, apply.dtype());
      case BITCAST -> bitcast(a, dtype, apply.dtype());
      case REM -> throw new IllegalArgumentException(apply.toString());
    }
  }

  private void binary(Instruction.Apply apply, VectorOperators.Binary operator) {
    code.aload(operand(apply, 0));
    lanewise(operator, operand(apply, 1));
  }

  /** Of a variable. */
  private void lanewise(int of, VectorOperators.Unary operator) {
    code.aload(of);
    constant(UNARY, datum(operator));
    code.invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, UNARY));
  }

  /** Of the vector on the stack and a variable. */
  private void lanewise(VectorOperators.Binary operator, int with) {
    constant(BINARY, datum(operator));
    code.aload(with).invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR));
  }

  private void comparison(
      int register, Instruction.Apply apply, VectorOperators.Comparison operator, DType dtype) {
    maskOf[register] = dtype;
    compare(operand(apply, 0), operator, operand(apply, 1));
  }

  /** Of two variables. */
  private void compare(int a, VectorOperators.Comparison operator, int b) {
    code.aload(a);
    constant(COMPARISON, datum(operator));
    code.aload(b).invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
  }

  /** Of two vectors and a mask on the stack: the second where the mask is set. */
  void blend() {
    code.invokevirtual(VECTOR, "blend", MethodTypeDesc.of(VECTOR, VECTOR, MASK));
  }

  /**
   * With a number that is known, as in a ReLU or where a function clamps, one comparison does: else
   * a float's zeros and NaN cost the processor five instructions.
   */
  private void extremum(Instruction.Apply apply, DType dtype) {
    boolean max = apply.primitive() == Primitive.MAX;
    int known = isNumber(apply.operands().get(1)) ? 1 : 0;
    if (!dtype.isFloating() || !isNumber(apply.operands().get(known))) {
      binary(apply, max ? VectorOperators.MAX : VectorOperators.MIN);
      return;
    }
    int x = operand(apply, 1 - known);
    int number = operand(apply, known);
    boolean negativeZero =
        ((Instruction.Literal) instruction(apply.operands().get(known))).bits()
            == (dtype == DType.FLOAT32 ? dtype.bits(-0f) : dtype.bits(-0d));
    // A NaN is in no relation to anything and stays. Of zeros, 0 takes the place of -0 in a
    // maximum, and -0 that of 0 in a minimum.
    VectorOperators.Comparison loses;
    if (max) {
      loses = negativeZero ? VectorOperators.LT : VectorOperators.LE;
    } else {
      loses = negativeZero ? VectorOperators.GE : VectorOperators.GT;
    }
    code.aload(x).aload(number);
    compare(x, loses, number);
    blend();
  }

  /** {@return whether a register is a literal that is not NaN} */
  private boolean isNumber(int register) {
    return register >= inputs
        && instruction(register) instanceof Instruction.Literal literal
        && literal.value() instanceof Number number
        && !Double.isNaN(number.doubleValue());
  }

  /** A register as a mask of a dtype's species. */
  private void mask(int register, DType dtype) {
    code.aload(slots[register]);
    if (maskOf[register] != dtype) {
      species(dtype);
      code.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
    }
  }

  private void applyToMasks(int register, Instruction.Apply apply) {
    int a = apply.operands().getFirst();
    DType dtype = maskOf[a];
    if (apply.dtype() == DType.BOOL) {
      maskOf[register] = dtype;
    }
    switch (apply.primitive()) {
      case MIN, AND -> masks(apply, "and", dtype);
      case MAX, OR -> masks(apply, "or", dtype);
      case XOR -> masks(apply, "xor", dtype);
      case NOT -> code.aload(slots[a]).invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
      case CONVERT, BITCAST -> {
        if (apply.dtype() == DType.BOOL) {
          code.aload(slots[a]);
        } else {
          broadcast(apply.dtype(), 0);
          broadcast(apply.dtype(), 1);
          mask(a, apply.dtype());
          blend();
        }
      }
      default -> throw new IllegalArgumentException(apply.toString());
    }
  }

  private void masks(Instruction.Apply apply, String method, DType dtype) {
    code.aload(operand(apply, 0));
    mask(apply.operands().get(1), dtype);
    code.invokevirtual(MASK, method, MethodTypeDesc.of(MASK, MASK));
  }

  private void convert(int register, int a, DType from, DType to) {
    if (to == DType.BOOL) {
      maskOf[register] = from;
      compare(a, VectorOperators.NE, zero(from));
      return;
    }
    code.aload(a);
    if (to != from) {
      constant(
          CONVERSION,
          datum(
              VectorOperators.Conversion.ofCast(
                  speciesOf(from).elementType(), speciesOf(to).elementType())));
      species(to);
      code.iconst_0()
          .invokevirtual(
              VECTOR, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int));
    }
  }

  private void bitcast(int a, DType from, DType to) {
    code.aload(a);
    if (from.isFloating() != to.isFloating()) {
      code.invokevirtual(
          VECTOR,
          to.isFloating() ? "viewAsFloatingLanes" : "viewAsIntegralLanes",
          MethodTypeDesc.of(VECTOR));
    }
  }

  /** {@return a variable with zeros} */
  private int zero(DType dtype) {
    broadcast(dtype, 0);
    return stored();
  }

  /** {@return a new variable with what is on the stack} */
  private int stored() {
    int variable = code.allocateLocal(TypeKind.REFERENCE);
    code.astore(variable);
    return variable;
  }

  /** As {@link VectorLoops.Round}, where it is explained. */
  private void round(int x, DType dtype, boolean floor) {
    broadcast(dtype, dtype == DType.FLOAT32 ? 1L << 23 : 1L << 52);
    int integral = stored();
    lanewise(x, VectorOperators.ABS);
    int size = stored();
    code.aload(size);
    lanewise(VectorOperators.ADD, integral);
    lanewise(VectorOperators.SUB, integral);
    int near = stored();
    int zero = zero(dtype);
    // x, then near with the sign of x, then where the latter is right.
    code.aload(x).aload(near);
    lanewise(near, VectorOperators.NEG);
    compare(x, VectorOperators.LT, zero);
    blend();
    compare(near, VectorOperators.NE, size);
    compare(size, VectorOperators.LT, integral);
    code.invokevirtual(MASK, "and", MethodTypeDesc.of(MASK, MASK));
    blend();
    if (floor) {
      int rounded = stored();
      broadcast(dtype, 1);
      int one = stored();
      code.aload(rounded).aload(rounded);
      lanewise(VectorOperators.SUB, one);
      compare(rounded, VectorOperators.GT, x);
      blend();
    }
  }
}
