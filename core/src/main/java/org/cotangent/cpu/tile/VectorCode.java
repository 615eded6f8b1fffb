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
import java.util.ArrayList;
import java.util.Arrays;
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
 * of the processor each. A register is a vector in a local variable, a bool a mask, and what is
 * narrow int32. All have as many lanes: those of the widest dtype fill a vector, here or in what
 * the code is a part of.
 */
abstract sealed class VectorCode permits BlockCode, LaneCode, LoopCode, TreeCode {
  static final ClassDesc VECTOR = desc(Vector.class);
  static final ClassDesc MASK = desc(VectorMask.class);
  static final ClassDesc SPECIES = desc(VectorSpecies.class);
  static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc SHUFFLE = desc(VectorShuffle.class);
  private static final ClassDesc UNARY = desc(VectorOperators.Unary.class);
  private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
  private static final ClassDesc TERNARY = desc(VectorOperators.Ternary.class);
  private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
  private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);
  private static final ClassDesc ASSOCIATIVE = desc(VectorOperators.Associative.class);

  final Body body;
  final CodeBuilder code;
  final int inputs;

  /** Elements of a vector. */
  final int lanes;

  private final List<Object> data;
  private final MemoryCode memory;

  /** Of registers that are masks, the elements of the species that they have. */
  private final Class<?>[] maskOf;

  /** Where registers are among the method's variables. */
  private final int[] slots;

  private final Set<Integer> used = new HashSet<>();

  VectorCode(Body body, VectorShape shape, CodeBuilder code, List<Object> data) {
    this(body, lanes(body, shape), code, data);
  }

  /** With fewer lanes than would fill a vector. */
  VectorCode(Body body, int lanes, CodeBuilder code, List<Object> data) {
    this.body = body;
    this.lanes = lanes;
    this.code = code;
    this.data = data;
    memory = new MemoryCode(this);
    inputs = body.inputs().size();
    int registers = inputs + body.instructions().size();
    maskOf = new Class<?>[registers];
    Arrays.fill(maskOf, memory.boolCarrier());
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
    int widest = 1;
    for (int register = 0;
        register < body.inputs().size() + body.instructions().size();
        register++) {
      DType dtype = body.dtype(register);
      widest = Math.max(widest, dtype.isNarrow() ? Integer.BYTES : dtype.bytes());
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

  /** {@return elements of the vectors that hold a dtype; of bools, those that masks are made of} */
  Class<?> carrier(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> float.class;
      case FLOAT64 -> double.class;
      case INT64 -> long.class;
      case INT32, INT8, UINT8, INT16, FLOAT16, BFLOAT16 -> int.class;
      case BOOL -> memory.boolCarrier();
    };
  }

  private VectorSpecies<?> speciesOf(Class<?> carrier) {
    int bits = VectorSpecies.ofPreferred(carrier).elementSize() * lanes;
    return VectorSpecies.of(carrier, VectorShape.forBitSize(bits));
  }

  /** Puts the species of vectors on the stack. */
  void species(Class<?> carrier) {
    constant(SPECIES, datum(speciesOf(carrier)));
  }

  private void broadcast(Class<?> carrier, long value) {
    species(carrier);
    code.loadConstant(value);
    broadcast();
  }

  /** Of a species and a long on the stack: a vector of it. */
  void broadcast() {
    code.invokeinterface(SPECIES, "broadcast", MethodTypeDesc.of(VECTOR, CD_long));
  }

  // ---- memory

  /** Of a vector on the stack: its lanes moved down. */
  void down(DType dtype, int lanesDown) {
    constant(SHUFFLE, datum(VectorShuffle.iota(speciesOf(carrier(dtype)), lanesDown, 1, true)));
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

  /** Of an index on the stack: what a register holds that starts with this element. */
  void load(int segment, int offset, DType dtype) {
    loadAt(segment, address(offset, dtype), dtype);
  }

  /** Puts on the stack what a register holds of memory, at an offset in bytes. */
  void loadAt(int segment, int at, DType dtype) {
    memory.load(segment, at, dtype);
  }

  /** Of a vector and an index on the stack: the vector becomes what starts with this element. */
  void store(int segment, int offset, DType dtype) {
    storeAt(segment, address(offset, dtype), dtype);
  }

  /** Of a vector on the stack: it becomes what is in memory, at an offset in bytes. */
  void storeAt(int segment, int at, DType dtype) {
    memory.store(segment, at, dtype);
  }

  /** Of an index on the stack: {@return the variable with its offset in bytes} */
  private int address(int offset, DType dtype) {
    int at = code.allocateLocal(TypeKind.LONG);
    code.i2l().loadConstant((long) dtype.bytes()).lmul().lload(offset).ladd().lstore(at);
    return at;
  }

  // ---- registers

  /** {@return the variable that holds a register} */
  int slot(int register) {
    return slots[register];
  }

  /** Puts on the stack what {@link #store} takes for a register. */
  void value(int register) {
    if (body.dtype(register) == DType.BOOL) {
      numbers(register, memory.boolCarrier());
    } else {
      code.aload(slots[register]);
    }
  }

  /** Puts a register's bools on the stack, as 0 and 1. */
  private void numbers(int register, Class<?> carrier) {
    broadcast(carrier, 0);
    broadcast(carrier, 1);
    mask(register, carrier);
    blend();
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
          species(maskOf[register]);
          code.loadConstant(literal.bits() == 0 ? 0 : 1)
              .invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
          keep(register);
        } else {
          values.add(held(literal));
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

  /** {@return a literal as registers hold it} */
  private static Instruction.Literal held(Instruction.Literal literal) {
    return switch (literal.dtype()) {
      case FLOAT32, FLOAT64, INT32, INT64, BOOL -> literal;
      case UINT8 -> new Instruction.Literal(DType.INT32, literal.bits() & 0xff);
      case INT8 -> new Instruction.Literal(DType.INT32, (byte) literal.bits());
      case INT16, FLOAT16, BFLOAT16 -> new Instruction.Literal(DType.INT32, (short) literal.bits());
    };
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
        mask(apply.operands().getFirst(), carrier(dtype));
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

  /** Of two vectors on the stack. */
  void lanewise(VectorOperators.Binary operator) {
    constant(BINARY, datum(operator));
    code.swap().invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, VECTOR));
  }

  /** Of the vector on the stack and one of a number. */
  void lanewiseNumber(VectorOperators.Binary operator, long with) {
    constant(BINARY, datum(operator));
    code.loadConstant(with)
        .invokevirtual(VECTOR, "lanewise", MethodTypeDesc.of(VECTOR, BINARY, CD_long));
  }

  /** Of the vector on the stack: a long of its lanes' bits together. */
  void or() {
    constant(ASSOCIATIVE, datum(VectorOperators.OR));
    code.invokevirtual(VECTOR, "reduceLanesToLong", MethodTypeDesc.of(CD_long, ASSOCIATIVE));
  }

  /** Of a vector of int32 on the stack: its lowest bits, as a narrow dtype or a bool is held. */
  void wrap(DType dtype) {
    int unused = Integer.SIZE - 8 * dtype.bytes();
    if (dtype == DType.UINT8 || dtype == DType.BOOL) {
      lanewiseNumber(VectorOperators.AND, (1L << (8 * dtype.bytes())) - 1);
    } else {
      lanewiseNumber(VectorOperators.LSHL, unused);
      lanewiseNumber(VectorOperators.ASHR, unused);
    }
  }

  /** Of a vector on the stack: a mask. */
  void isNotZero() {
    constant(COMPARISON, datum(VectorOperators.NE));
    code.lconst_0().invokevirtual(VECTOR, "compare", MethodTypeDesc.of(MASK, COMPARISON, CD_long));
  }

  /** Of a vector on the stack: its lanes as other elements. */
  void cast(VectorOperators.Conversion<?, ?> conversion, Class<?> to) {
    constant(CONVERSION, datum(conversion));
    species(to);
    code.iconst_0()
        .invokevirtual(
            VECTOR, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int));
  }

  private void comparison(
      int register, Instruction.Apply apply, VectorOperators.Comparison operator, DType dtype) {
    maskOf[register] = carrier(dtype);
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

  /** A register as a mask of a species. */
  private void mask(int register, Class<?> carrier) {
    code.aload(slots[register]);
    if (maskOf[register] != carrier) {
      species(carrier);
      code.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
    }
  }

  private void applyToMasks(int register, Instruction.Apply apply) {
    List<Integer> operands = apply.operands();
    int a = operands.getFirst();
    int b = operands.getLast();
    Class<?> carrier = maskOf[b];
    if (apply.dtype() == DType.BOOL) {
      maskOf[register] = carrier;
    }
    switch (apply.primitive()) {
      case MIN, AND -> masks(a, "and", b, carrier);
      case MAX, OR -> masks(a, "or", b, carrier);
      case XOR -> masks(a, "xor", b, carrier);
      case LT -> masks(b, "andNot", a, carrier);
      case LE -> {
        masks(a, "andNot", b, carrier);
        not();
      }
      case EQ -> {
        masks(a, "xor", b, carrier);
        not();
      }
      case NOT -> {
        code.aload(slots[a]);
        not();
      }
      case SELECT -> {
        masks(operands.get(1), "and", a, carrier);
        masks(b, "andNot", a, carrier);
        masks("or");
      }
      case CONVERT, BITCAST -> {
        if (apply.dtype() == DType.BOOL) {
          code.aload(slots[a]);
        } else {
          numbers(a, carrier(apply.dtype()));
        }
      }
      default -> throw new IllegalArgumentException(apply.toString());
    }
  }

  private void masks(int a, String method, int b, Class<?> carrier) {
    mask(a, carrier);
    mask(b, carrier);
    masks(method);
  }

  /** Of two masks on the stack. */
  private void masks(String method) {
    code.invokevirtual(MASK, method, MethodTypeDesc.of(MASK, MASK));
  }

  private void not() {
    code.invokevirtual(MASK, "not", MethodTypeDesc.of(MASK));
  }

  private void convert(int register, int a, DType from, DType to) {
    code.aload(a);
    if (to == DType.BOOL) {
      maskOf[register] = carrier(from);
      isNotZero();
    } else if (to.isNarrow()) {
      wrap(to);
    } else if (carrier(to) != carrier(from)) {
      cast(VectorOperators.Conversion.ofCast(carrier(from), carrier(to)), carrier(to));
    }
  }

  private void bitcast(int a, DType from, DType to) {
    code.aload(a);
    if (from.isNarrow()) {
      // All but UINT8 are held with their sign, the bits of a half too.
      if ((from == DType.UINT8) != (to == DType.UINT8)) {
        wrap(to);
      }
    } else if (from.isFloating() != to.isFloating()) {
      code.invokevirtual(
          VECTOR,
          to.isFloating() ? "viewAsFloatingLanes" : "viewAsIntegralLanes",
          MethodTypeDesc.of(VECTOR));
    }
  }

  /** {@return a variable with zeros} */
  private int zero(DType dtype) {
    broadcast(carrier(dtype), 0);
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
    broadcast(carrier(dtype), dtype == DType.FLOAT32 ? 1L << 23 : 1L << 52);
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
      broadcast(carrier(dtype), 1);
      int one = stored();
      code.aload(rounded).aload(rounded);
      lanewise(VectorOperators.SUB, one);
      compare(rounded, VectorOperators.GT, x);
      blend();
    }
  }
}
