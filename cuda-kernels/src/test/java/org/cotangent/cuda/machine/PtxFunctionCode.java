package org.cotangent.cuda.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.cuda.machine.PtxThread.Wait;

/** A function as steps that a thread does one after the other. */
final class PtxFunctionCode {
  private static final Pattern REGISTERS =
      Pattern.compile("\\.reg\\s+\\.(\\w+)\\s+(%\\w+)<(\\d+)>");
  private static final Pattern SHARED =
      Pattern.compile("\\.shared\\s+\\.align\\s+\\d+\\s+\\.b8\\s+(\\w+)\\[(\\d+)]");
  private static final Pattern COMMENT = Pattern.compile("//.*");
  private static final Pattern INSTRUCTION =
      Pattern.compile("(?:@(!?)(%\\w+)\\s+)?([\\w.]+)\\s*(.*)", Pattern.DOTALL);

  private final String name;
  private final List<String> parameters;
  private final int threads;
  private final Map<String, Integer> registers = new HashMap<>();
  private final Map<String, Integer> labels = new HashMap<>();

  /** Names of shared memory, and its sizes. */
  private final List<String> sharedNames = new ArrayList<>();

  private final List<Integer> sharedSizes = new ArrayList<>();
  private final Step[] steps;

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

  PtxFunctionCode(String name, List<String> parameters, int threads, String body) {
    this.name = name;
    this.parameters = parameters;
    this.threads = threads;
    List<String> statements = statements(COMMENT.matcher(body).replaceAll(""));
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

  List<String> parameters() {
    return parameters;
  }

  private static List<String> statements(String body) {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      boolean isLabel = c == ':' && depth == 0;
      if (isLabel) {
        statement.append(c);
      }
      if (c == ';' || isLabel) {
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
    if (declared.matches()) {
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
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
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
              throw new PtxFault(name + ": nothing was written to " + text);
            }
            return thread.registers[register];
          };
        }
      };
    }
    int memory = sharedNames.indexOf(text);
    long bits = memory >= 0 ? PtxShared.addresses(sharedSizes).get(memory) : literal(text);
    return _ -> bits;
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
    PtxShared shared = new PtxShared(sharedSizes);
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
      if (!goesOn && all.stream().allMatch(t -> t.wait == Wait.BARRIER || t.wait == Wait.END)) {
        shared.barrier();
        all.stream().filter(t -> t.wait == Wait.BARRIER).forEach(t -> t.wait = Wait.NONE);
        goesOn = true;
      }
      if (!goesOn) {
        throw new PtxFault(name + ": threads of block " + block + " wait for each other forever");
      }
    }
  }

  /** Runs a thread until it waits. */
  private void run(PtxThread thread) {
    while (thread.wait == Wait.NONE) {
      steps[thread.next++].run(thread);
    }
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
