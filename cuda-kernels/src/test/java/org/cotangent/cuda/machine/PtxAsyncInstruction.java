package org.cotangent.cuda.machine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.cuda.machine.PtxFunctionCode.Operand;
import org.cotangent.cuda.machine.PtxFunctionCode.Step;
import org.cotangent.cuda.machine.PtxProducts.Kind;
import org.cotangent.cuda.machine.PtxProducts.Left;
import org.cotangent.cuda.machine.PtxProducts.Registers;
import org.cotangent.cuda.machine.PtxProducts.Side;

/** What instructions of Hopper do, as the PTX ISA 8.0 defines it; see {@link PtxAsync}. */
final class PtxAsyncInstruction {
  private static final Pattern MULTIPLY =
      Pattern.compile(
          "wgmma\\.mma_async\\.sync\\.aligned\\.m64n(\\d+)"
              + "(k16\\.f32\\.bf16\\.bf16|k16\\.f32\\.f16\\.f16|k8\\.f32\\.tf32\\.tf32)");
  private static final Pattern REGISTERS =
      Pattern.compile("setmaxnreg\\.(?:inc|dec)\\.sync\\.aligned\\.u32");
  private static final Pattern COPY =
      Pattern.compile(
          "cp\\.async\\.bulk\\.tensor\\.[1-5]d\\.shared::cluster\\.global"
              + "\\.mbarrier::complete_tx::bytes");

  private static final long SHARED = 0xffffffffL;

  private final PtxFunctionCode function;
  private final String opcode;
  private final List<String> operands;

  PtxAsyncInstruction(PtxFunctionCode function, String opcode, List<String> operands) {
    this.function = function;
    this.opcode = opcode;
    this.operands = operands;
  }

  /** {@return what it does, or empty if it is none of these} */
  Optional<Step> step() {
    Matcher multiply = MULTIPLY.matcher(opcode);
    if (multiply.matches()) {
      return Optional.of(multiply(Integer.parseInt(multiply.group(1)), multiply.group(2)));
    }
    if (COPY.matcher(opcode).matches()) {
      return Optional.of(copy());
    }
    if (REGISTERS.matcher(opcode).matches()) {
      int count = Integer.parseInt(operands.getFirst());
      return Optional.of(together(warp -> async(warp).setRegisters(number(warp), count)));
    }
    return Optional.ofNullable(
        switch (opcode) {
          case "mbarrier.init.shared::cta.b64" -> initialize();
          case "mbarrier.arrive.shared::cta.b64", "mbarrier.arrive.expect_tx.shared::cta.b64" ->
              arrive();
          case "mbarrier.try_wait.parity.shared::cta.b64" -> tryWait();
          case "fence.mbarrier_init.release.cluster", "fence.proxy.async" ->
              thread -> thread.shared.async().fence(thread);
          case "wgmma.fence.sync.aligned" -> together(warp -> products(warp).fence());
          case "wgmma.commit_group.sync.aligned" -> together(warp -> products(warp).commit());
          case "wgmma.wait_group.sync.aligned" -> {
            int most = Integer.parseInt(operands.getFirst());
            yield together(warp -> products(warp).await(most));
          }
          default -> null;
        });
  }

  private static Step together(PtxWarp what) {
    return thread -> thread.join(what);
  }

  private static int number(List<PtxThread> warp) {
    return warp.getFirst().number / PtxWarp.SIZE;
  }

  private static PtxAsync async(List<PtxThread> warp) {
    return warp.getFirst().shared.async();
  }

  private static PtxProducts products(List<PtxThread> warp) {
    return async(warp).products(number(warp));
  }

  private Operand operand(int k) {
    return function.operand(operands.get(k));
  }

  /** An address in brackets. */
  private Operand address(String text) {
    Operand address = function.operand(text.substring(1, text.length() - 1));
    return thread -> address.bits(thread) & SHARED;
  }

  // ---- barriers

  private Step initialize() {
    Operand address = address(operands.getFirst());
    Operand count = operand(1);
    return thread ->
        thread.shared.async().initialize(thread, address.bits(thread), (int) count.bits(thread));
  }

  /** Of which nobody wants the state. */
  private Step arrive() {
    require(operands.getFirst().equals("_"));
    Operand address = address(operands.get(1));
    Operand bytes = operands.size() > 2 ? operand(2) : _ -> 0;
    return thread -> thread.shared.async().arrive(thread, address.bits(thread), bytes.bits(thread));
  }

  /** Says at first that the phase is not over if it is not; a thread asks again when it may be. */
  private Step tryWait() {
    int result = function.register(operands.getFirst());
    Operand address = address(operands.get(1));
    Operand parity = operand(2);
    return thread -> {
      boolean isOver =
          thread.shared.async().isOver(thread, address.bits(thread), parity.bits(thread));
      thread.set(result, isOver ? 1 : 0);
    };
  }

  // ---- copies

  private Step copy() {
    Operand target = address(operands.getFirst());
    String from = operands.get(1);
    int comma = from.indexOf(',');
    Operand map = function.operand(from.substring(1, comma).strip());
    Operand[] start =
        Arrays.stream(from.substring(from.indexOf('{') + 1, from.indexOf('}')).split(","))
            .map(each -> function.operand(each.strip()))
            .toArray(Operand[]::new);
    Operand barrier = address(operands.get(2));
    require(opcode.contains("." + start.length + "d."));
    return thread ->
        thread
            .shared
            .async()
            .copy(
                thread,
                thread.launch.tensorMap(map.bits(thread)),
                Arrays.stream(start).map(each -> (long) (int) each.bits(thread)).toList(),
                target.bits(thread),
                barrier.bits(thread));
  }

  // ---- products

  private Step multiply(int columns, String type) {
    List<Integer> sums = registers(operands.getFirst());
    require(columns % 8 == 0 && columns <= 256);
    require(sums.size() == columns / 2 && sums.stream().distinct().count() == sums.size());
    // Adds to what is there, and changes no sign.
    require(operands.subList(3, 6).equals(List.of("1", "1", "1")));
    Operand right = operand(2);
    Kind kind = type.endsWith("bf16") ? Kind.BF16 : type.endsWith("tf32") ? Kind.TF32 : Kind.F16;
    // Nothing but halves may lie along its index.
    require(operands.size() == (kind == Kind.TF32 ? 6 : 8));
    boolean leftMajor = kind != Kind.TF32 && isMajor(operands.get(6));
    boolean rightMajor = kind != Kind.TF32 && isMajor(operands.get(7));
    Function<List<PtxThread>, Left> left = left(kind, leftMajor);
    return together(warp ->
        products(warp)
            .start(
                warp,
                sums,
                left.apply(warp),
                new Side(same(warp, right), rightMajor, kind.bytes()),
                kind));
  }

  /** In shared memory, or in registers. */
  private Function<List<PtxThread>, Left> left(Kind kind, boolean major) {
    String text = operands.get(1);
    if (!text.startsWith("{")) {
      Operand descriptor = operand(1);
      return warp -> new Side(same(warp, descriptor), major, kind.bytes());
    }
    List<Integer> registers = registers(text);
    require(kind == Kind.TF32 && registers.size() == 4);
    return _ -> new Registers(registers);
  }

  private List<Integer> registers(String list) {
    return Arrays.stream(list.substring(1, list.length() - 1).split(","))
        .map(each -> function.register(each.strip()))
        .toList();
  }

  private boolean isMajor(String text) {
    require(text.equals("0") || text.equals("1"));
    return text.equals("1");
  }

  private long same(List<PtxThread> warp, Operand operand) {
    long bits = operand.bits(warp.getFirst());
    if (warp.stream().anyMatch(thread -> operand.bits(thread) != bits)) {
      throw new PtxFault(opcode + " of threads with other operands");
    }
    return bits;
  }

  private void require(boolean known) {
    if (!known) {
      throw new PtxFault(opcode + " " + operands + " is not known");
    }
  }
}
