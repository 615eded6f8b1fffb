package org.cotangent.cuda.machine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the functions of a module. */
public final class PtxMachine {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\\.visible\\s+\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)\\s*\\.maxntid\\s+(\\d+),\\s*1,\\s*1"
              + "(?:\\s*\\.minnctapersm\\s+\\d+)?\\s*\\{(.*?)\\n}",
          Pattern.DOTALL);
  private static final Pattern TARGET = Pattern.compile("\\.target\\s+sm_(\\d+)(a?)");
  private static final Pattern PARAMETER =
      Pattern.compile("\\.param\\s+(?:\\.b64|\\.align\\s+64\\s+\\.b8)\\s+(\\w+)(?:\\[(\\d+)])?");
  private static final Pattern DYNAMIC =
      Pattern.compile("\\.extern\\s+\\.shared\\s+\\.align\\s+(\\d+)\\s+\\.b8\\s+(\\w+)\\[]");

  private final Map<String, PtxFunctionCode> functions = new HashMap<>();
  private final int capability;

  /** Whether it is for chips of that capability alone. */
  private final boolean isForOne;

  /** A parameter of a function. */
  record Parameter(String name, int bytes) {}

  /** Shared memory whose size a launch says; a name of it. */
  record Dynamic(String name, int alignment) {}

  /**
   * Takes a module.
   *
   * @param module its text
   */
  public PtxMachine(String module) {
    Matcher target = TARGET.matcher(module);
    if (!target.find()) {
      throw new PtxFault("the module does not say for which chips it is");
    }
    capability = Integer.parseInt(target.group(1));
    isForOne = !target.group(2).isEmpty();
    List<Dynamic> dynamics =
        DYNAMIC
            .matcher(module)
            .results()
            .map(each -> new Dynamic(each.group(2), Integer.parseInt(each.group(1))))
            .toList();
    Matcher entry = ENTRY.matcher(module);
    while (entry.find()) {
      List<Parameter> parameters =
          Arrays.stream(entry.group(2).split(",")).map(PtxMachine::parameter).toList();
      int threads = Integer.parseInt(entry.group(3));
      functions.put(
          entry.group(1),
          new PtxFunctionCode(entry.group(1), parameters, dynamics, threads, entry.group(4)));
    }
  }

  private static Parameter parameter(String text) {
    Matcher parameter = PARAMETER.matcher(text.strip());
    if (!parameter.matches()) {
      throw new PtxFault("no parameter: " + text.strip());
    }
    String bytes = parameter.group(2);
    return new Parameter(parameter.group(1), bytes == null ? Long.BYTES : Integer.parseInt(bytes));
  }

  /**
   * {@return whether a chip runs it}
   *
   * @param chip its capability, as in 80 for 8.0
   */
  public boolean runsOn(int chip) {
    return isForOne ? chip == capability : chip >= capability;
  }

  /**
   * {@return whether there is a function}
   *
   * @param function its name
   */
  public boolean has(String function) {
    return functions.containsKey(function);
  }

  private PtxFunctionCode code(String function) {
    PtxFunctionCode code = functions.get(function);
    if (code == null) {
      throw new PtxFault("no function " + function);
    }
    return code;
  }

  /**
   * {@return the bytes of each parameter of a function}
   *
   * @param function its name
   */
  public List<Integer> parameters(String function) {
    return code(function).parameters().stream().map(Parameter::bytes).toList();
  }

  /**
   * Runs a function.
   *
   * @param function its name
   * @param memory global memory
   * @param blocks how many
   * @param threads of each block
   * @param shared bytes of shared memory beside what the function declares
   * @param parameters bits of the parameters
   */
  public void launch(
      String function,
      PtxMemory memory,
      int blocks,
      int threads,
      int shared,
      List<MemorySegment> parameters) {
    PtxFunctionCode code = code(function);
    List<Integer> bytes = parameters.stream().map(each -> (int) each.byteSize()).toList();
    if (threads > code.threads() || !bytes.equals(parameters(function))) {
      throw new PtxFault(
          "%s takes %d threads and parameters of %s bytes, not %d and %s"
              .formatted(function, code.threads(), parameters(function), threads, bytes));
    }
    PtxLaunch launch = new PtxLaunch(memory, blocks, threads, shared, parameters);
    for (int block = 0; block < blocks; block++) {
      code.run(launch, block);
    }
  }
}
