package org.cotangent.cuda.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.cuda.machine.PtxMachine.Dynamic;
import org.cotangent.cuda.machine.PtxMachine.Parameter;
import org.cotangent.cuda.machine.PtxThread.Wait;

/** A function as steps that a thread does one after the other. */
final class PtxFunctionCode {
  private static final Pattern REGISTERS =
      Pattern.compile("\\.reg\\s+\\.(\\w+)\\s+(%\\w+)(?:<(\\d+)>)?");
  private static final Pattern SHARED =
      Pattern.compile("\\.shared\\s+\\.align\\s+\\d+\\s+\\.b8\\s+(\\w+)\\[(\\d+)]");
  private static final Pattern COMMENT = Pattern.compile("//.*");
  private static final Pattern INSTRUCTION =
      Pattern.compile("(?:@(!?)(%\\w+)\\s+)?([\\w.:]+)\\s*(.*)", Pattern.DOTALL);

  private static final Pattern LABEL = Pattern.compile("\\s*[$\\w]+");

  private final String name;
  private final List<Parameter> parameters;
  private final List<Dynamic> dynamics;
  private final int threads;
  private final Map<String, Integer> registers = new HashMap<>();
  private final Map<String, Integer> labels = new HashMap<>();

  /** Names of shared memory, and its sizes. */
  private final List<String> sharedNames = new ArrayList<>();

  private final List<Integer> sharedSizes = new ArrayList<>();
  private final Step[] steps;

  private final boolean hasWarpBarriers;

  /** Declared so far: what a label counts. */
  private int instructions;

  /** Does something for a thread; it may have it go on elsewhere. */
  @FunctionalInterface
  interface Step {
    void run(PtxThread thread);
  }

  /** The bits of an operand. */
  @FunctionalInterface
  interface Operand {
    long bits(PtxThread thread);
  }

  PtxFunctionCode(
      String name, List<Parameter> parameters, List<Dynamic> dynamics, int threads, String body) {
    this.name = name;
    this.parameters = parameters;
    this.dynamics = dynamics;
    this.threads = threads;
    List<String> statements = PtxScopes.flat(statements(COMMENT.matcher(body).replaceAll("")));
    hasWarpBarriers = statements.stream().anyMatch(each -> each.startsWith("bar.warp.sync"));
    statements.forEach(this::declare);
    steps =
        statements.stream()
            .filter(statement -> !statement.startsWith(".") && !statement.endsWith(":"))
            .map(this::instruction)
            .toArray(Step[]::new);
  }

  /** {@return the most threads of a block} */
  int threads() {
    return threads;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** {@return the number of a parameter, or -1} */
  int parameter(String text) {
    return parameters.stream().map(Parameter::name).toList().indexOf(text);
  }

  private static List<String> statements(String body) {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      boolean isBlock = (c == '{' || c == '}') && statement.toString().isBlank();
      depth += isBlock ? 0 : c == '{' ? 1 : c == '}' ? -1 : 0;
      boolean isLabel =
          c == ':' && depth == 0 && LABEL.matcher(statement).matches() && body.charAt(i + 1) != ':';
      if (isLabel || isBlock) {
        statement.append(c);
      }
      if (c == ';' || isLabel || isBlock) {
        statements.add(statement.toString().strip());
        statement.setLength(0);
      } else {
        statement.append(c);
      }
    }
    if (!statement.toString().isBlank()) {
      throw new PtxFault("no statement: " + statement.toString().strip());
    }
    return statements;
  }

  private void declare(String statement) {
    Matcher declared = REGISTERS.matcher(statement);
    if (declared.matches() && declared.group(3) == null) {
      registers.put(declared.group(2), registers.size());
    } else if (declared.matches()) {
      for (int i = 0; i < Integer.parseInt(declared.group(3)); i++) {
        registers.put(declared.group(2) + i, registers.size());
      }
    } else if (SHARED.matcher(statement).matches()) {
      Matcher shared = SHARED.matcher(statement);
      shared.matches();
      sharedNames.add(shared.group(1));
      sharedSizes.add(Integer.parseInt(shared.group(2)));
    } else if (statement.endsWith(":")) {
      labels.put(statement.substring(0, statement.length() - 1), instructions);
    } else if (statement.startsWith(".") && !statement.startsWith(".pragma")) {
      throw new PtxFault(name + ": unknown directive " + statement);
    } else if (!statement.startsWith(".")) {
      instructions++;
    }
  }

  private Step instruction(String statement) {
    Matcher parts = INSTRUCTION.matcher(statement);
    if (!parts.matches()) {
      throw new PtxFault(name + ": no instruction: " + statement);
    }
    Step step = new PtxInstruction(this, parts.group(3), operands(parts.group(4))).step();
    if (parts.group(2) == null) {
      return step;
    }
    Operand guard = operand(parts.group(2));
    long wanted = parts.group(1).isEmpty() ? 1 : 0;
    return thread -> {
      if (guard.bits(thread) == wanted) {
        step.run(thread);
      }
    };
  }

  private static List<String> operands(String text) {
    List<String> operands = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? ',' : text.charAt(i);
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (c == ',' && depth == 0) {
        operands.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    return operands;
  }

  /** {@return the number of a register} */
  int register(String text) {
    Integer register = registers.get(text);
    if (register == null) {
      throw new PtxFault(name + ": no register " + text);
    }
    return register;
  }

  /** {@return where a label leads} */
  int label(String text) {
    Integer label = labels.get(text);
    if (label == null) {
      throw new PtxFault(name + ": no label " + text);
    }
    return label;
  }

  /** {@return the bits of a register or a literal; of a literal float32 the low ones} */
  Operand operand(String text) {
    if (text.startsWith("%")) {
      return switch (text) {
        case "%tid.x" -> thread -> thread.number;
        case "%ctaid.x" -> thread -> thread.block;
        case "%ntid.x" -> thread -> thread.launch.threads();
        case "%nctaid.x" -> thread -> thread.launch.blocks();
        default -> {
          int register = register(text);
          yield thread -> {
            if (!thread.written[register]) {
              throw new PtxFault(name + ": " + unwritten(thread, register) + text);
            }
            return thread.registers[register];
          };
        }
      };
    }
    long bits = constant(text);
    return _ -> bits;
  }

  private static String unwritten(PtxThread thread, int register) {
    return thread.flying.length > 0 && thread.flying[register] > 0
        ? "a product still adds to "
        : "nothing was written to ";
  }

  /** An address or a literal. */
  private long constant(String text) {
    int memory = sharedNames.indexOf(text);
    if (memory >= 0) {
      return PtxShared.addresses(sharedSizes).get(memory);
    }
    if (dynamics.stream().anyMatch(each -> each.name().equals(text))) {
      return PtxShared.dynamic(sharedSizes);
    }
    int parameter = parameter(text);
    return parameter >= 0 ? PtxLaunch.address(parameter) : literal(text);
  }

  private static long literal(String text) {
    if (text.startsWith("0f")) {
      return Integer.parseUnsignedInt(text.substring(2), 16);
    }
    return text.startsWith("0d")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.decode(text);
  }

  /** Runs a block of threads to its end. */
  void run(PtxLaunch launch, int block) {
    PtxShared shared = new PtxShared(sharedSizes, launch.shared(), hasWarpBarriers, launch);
    List<PtxThread> all = new ArrayList<>();
    for (int thread = 0; thread < launch.threads(); thread++) {
      all.add(new PtxThread(launch, shared, block, thread, registers.size()));
    }
    while (!all.stream().allMatch(thread -> thread.wait == Wait.END)) {
      all.forEach(this::run);
      boolean goesOn = false;
      for (int first = 0; first < all.size(); first += PtxWarp.SIZE) {
        goesOn |= together(all.subList(first, Math.min(all.size(), first + PtxWarp.SIZE)));
      }
      goesOn |= hasPhase(all);
      if (!goesOn && all.stream().allMatch(t -> t.wait == Wait.BARRIER || t.wait == Wait.END)) {
        shared.barrier();
        all.stream().filter(t -> t.wait == Wait.BARRIER).forEach(t -> t.wait = Wait.NONE);
        goesOn = true;
      }
      if (!goesOn && !shared.async().advance()) {
        throw new PtxFault(
            "%s: threads of block %d wait for each other forever%s"
                .formatted(name, block, state(all, shared)));
      }
    }
    shared.async().end();
  }

  /** What threads wait for, where there are barriers in shared memory. */
  private static String state(List<PtxThread> all, PtxShared shared) {
    List<String> waiting =
        all.stream()
            .filter(thread -> thread.wait == Wait.PHASE && thread.awaited != null)
            .map(thread -> "thread %d at %s".formatted(thread.number, thread.awaited))
            .toList();
    return waiting.isEmpty() ? "" : ": " + waiting.getFirst() + "; all are " + shared.async();
  }

  /** Runs a thread until it waits. */
  private void run(PtxThread thread) {
    while (thread.wait == Wait.NONE) {
      steps[thread.next++].run(thread);
    }
  }

  /** {@return whether there are threads for which a phase is over, which go on} */
  private static boolean hasPhase(List<PtxThread> all) {
    boolean goesOn = false;
    for (PtxThread thread : all) {
      PtxBarrier awaited = thread.awaited;
      if (thread.wait == Wait.PHASE && awaited != null && awaited.phases() != thread.phases) {
        thread.wait = Wait.NONE;
        goesOn = true;
      }
    }
    return goesOn;
  }

  /** {@return whether all threads of a warp waited to do something together, which is done} */
  private static boolean together(List<PtxThread> warp) {
    PtxThread first = warp.getFirst();
    PtxWarp together = first.together;
    if (together == null
        || !warp.stream().allMatch(t -> t.wait == Wait.WARP && t.next == first.next)) {
      return false;
    }
    together.run(warp);
    warp.forEach(thread -> thread.wait = Wait.NONE);
    return true;
  }
}
