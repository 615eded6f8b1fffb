package org.cotangent.cpu.tile;

import static java.lang.constant.ConstantDescs.CD_Object;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.VectorShape;
import org.cotangent.scalar.Body;
import org.cotangent.scalar.Instruction;
import org.cotangent.type.DType;

/**
 * Makes a hidden class of a body: a {@link FusedLoop} by {@link LoopCode}, a {@link FusedTree} by
 * {@link TreeCode}, or of two a {@link FusedBlock} by {@link BlockCode}. What the code is made for
 * are constants of the class (its class data), so that C2 knows them.
 *
 * <p>Not every body can be written: divisions of int64, bit casts to bool, and trees and blocks
 * whose accumulators are bools or narrow, are left to tiles; so is everything if the system
 * property {@code cotangent.fuse} is false. If {@code cotangent.dump} is the path of a folder, all
 * classes are written there too, for {@code javap -c -p}, each beside a text with its body.
 */
final class FusedWriter {
  /** Larger bodies than this take HotSpot too long, or too many registers. */
  private static final int MOST = 200;

  /** A tree has some copies of its body. */
  private static final int MOST_COMBINED = 40;

  private static final boolean WANTED = !"false".equals(System.getProperty("cotangent.fuse"));

  private static final String DUMP = "cotangent.dump";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private static final int PRIVATE_STATIC = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC;

  private FusedWriter() {}

  /** Writes the methods of a class. */
  @FunctionalInterface
  private interface Methods {
    /** Of a class that takes constants too. */
    void write(ClassDesc owner, ClassBuilder fused, List<Object> data);
  }

  /**
   * {@return the loop of a body, or empty if it cannot be written}
   *
   * @param body what to compute
   * @param shared which of its inputs have one value for a whole tile
   * @param shape of its vectors
   */
  static Optional<FusedLoop> loop(Body body, List<Boolean> shared, VectorShape shape) {
    Body expanded = Expansion.of(body);
    return isWritable(expanded, MOST)
        ? Optional.of(
            load(
                body.toString(),
                FusedLoop.class,
                (_, fused, data) ->
                    fused.withMethodBody(
                        "run",
                        LoopCode.SIGNATURE,
                        ClassFile.ACC_PUBLIC,
                        code -> new LoopCode(expanded, shared, shape, code, data).write())))
        : Optional.empty();
  }

  /**
   * {@return the tree of a body that combines two sets of accumulators, or empty if it cannot be
   * written}
   *
   * @param combine with the inputs of one set, then those of the other
   * @param shape of its vectors
   */
  static Optional<FusedTree> tree(Body combine, VectorShape shape) {
    Body expanded = Expansion.of(combine);
    return isWritable(expanded, MOST_COMBINED) && isWide(combine)
        ? Optional.of(
            load(
                combine.toString(),
                FusedTree.class,
                (_, fused, data) ->
                    fused.withMethodBody(
                        "halve",
                        TreeCode.SIGNATURE,
                        ClassFile.ACC_PUBLIC,
                        code -> new TreeCode(expanded, shape, code, data).write())))
        : Optional.empty();
  }

  /**
   * {@return the block of a reduction, or empty if it cannot be written}
   *
   * @param lift the accumulators of one element
   * @param combine makes one set of accumulators of two
   * @param shared inputs of the lift that have one value for the block
   * @param count elements of the block, a power of two
   * @param shape of its vectors
   */
  static Optional<FusedBlock> block(
      Body lift, Body combine, List<Boolean> shared, int count, VectorShape shape) {
    Body first = Expansion.of(lift);
    Body second = Expansion.of(combine);
    return isWritable(first, MOST) && isWritable(second, MOST) && isWide(combine)
        ? BlockCode.Cut.of(first, second, shared, count, shape)
            .map(cut -> block(lift, combine, cut))
        : Optional.empty();
  }

  private static FusedBlock block(Body lift, Body combine, BlockCode.Cut cut) {
    return load(
        lift + "\n" + combine,
        FusedBlock.class,
        (name, fused, data) ->
            fused
                .withMethodBody(
                    "reduce",
                    BlockCode.REDUCE,
                    ClassFile.ACC_PUBLIC,
                    code -> cut.reduce(name, code))
                .withMethodBody(
                    "part", BlockCode.PART, PRIVATE_STATIC, code -> cut.part(code, data))
                .withMethodBody(
                    "rest", BlockCode.PART, PRIVATE_STATIC, code -> cut.rest(code, data)));
  }

  private static boolean isWritable(Body body, int most) {
    return WANTED
        && body.instructions().size() <= most
        && body.instructions().stream().allMatch(instruction -> isWritable(body, instruction));
  }

  /** {@return whether the accumulators are held in registers as in memory} */
  private static boolean isWide(Body combine) {
    return combine.resultTypes().stream().allMatch(dtype -> dtype.bytes() >= Integer.BYTES);
  }

  private static boolean isWritable(Body body, Instruction instruction) {
    return switch (instruction) {
      case Instruction.Literal _ -> true;
      case Instruction.Apply apply -> isWritable(apply, body.dtype(apply.operands().getLast()));
    };
  }

  private static boolean isWritable(Instruction.Apply apply, DType operand) {
    DType dtype = apply.dtype();
    return switch (apply.primitive()) {
      case DIV -> operand.isFloating();
      case REM -> false;
      // A byte that is neither 0 nor 1 is no bool.
      case BITCAST -> dtype != DType.BOOL || operand == DType.BOOL;
      default -> true;
    };
  }

  private static <T> T load(String text, Class<T> type, Methods methods) {
    List<Object> data = new ArrayList<>();
    String name = "Fused" + COUNT.incrementAndGet();
    ClassDesc owner = ClassDesc.of(FusedWriter.class.getPackageName(), name);
    byte[] bytes =
        ClassFile.of()
            .build(
                owner,
                fused -> {
                  fused
                      .withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
                      .withInterfaceSymbols(VectorCode.desc(type))
                      .withMethodBody(
                          ConstantDescs.INIT_NAME,
                          ConstantDescs.MTD_void,
                          0,
                          code ->
                              code.aload(0)
                                  .invokespecial(
                                      CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                  .return_());
                  methods.write(owner, fused, data);
                });
    String folder = System.getProperty(DUMP);
    if (folder != null) {
      dump(Path.of(folder), name, bytes, text);
    }
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

  private static void dump(Path folder, String name, byte[] bytes, String text) {
    try {
      Files.createDirectories(folder);
      Files.write(folder.resolve(name + ".class"), bytes);
      Files.writeString(folder.resolve(name + ".txt"), text + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(DUMP + ": " + folder + " cannot be written to", e);
    }
  }
}
