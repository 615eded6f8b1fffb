package org.cotangent.cuda.machine;

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
  private static final Pattern TARGET = Pattern.compile("\\.target\\s+sm_(\\d+)");
  private static final Pattern PARAMETER = Pattern.compile("\\.param\\s+\\.b64\\s+(\\w+)");

  private final Map<String, PtxFunctionCode> functions = new HashMap<>();
  private final int capability;

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
    Matcher entry = ENTRY.matcher(module);
    while (entry.find()) {
      List<String> parameters =
          Arrays.stream(entry.group(2).split(",")).map(PtxMachine::parameter).toList();
      int threads = Integer.parseInt(entry.group(3));
      functions.put(
          entry.group(1), new PtxFunctionCode(entry.group(1), parameters, threads, entry.group(4)));
    }
  }

  private static String parameter(String text) {
    Matcher parameter = PARAMETER.matcher(text.strip());
    if (!parameter.matches()) {
      throw new PtxFault("no parameter: " + text.strip());
    }
    return parameter.group(1);
  }

  /** {@return the capability that a chip needs, as in 80 for 8.0} */
  public int capability() {
    return capability;
  }

  /**
   * {@return whether there is a function}
   *
   * @param function its name
   */
  public boolean has(String function) {
    return functions.containsKey(function);
  }

  /**
   * Runs a function.
   *
   * @param function its name
   * @param memory global memory
   * @param blocks how many
   * @param threads of each block
   * @param parameters bits of the parameters
   */
  public void launch(
      String function, PtxMemory memory, int blocks, int threads, List<Long> parameters) {
    PtxFunctionCode code = functions.get(function);
    if (code == null) {
      throw new PtxFault("no function " + function);
    }
    if (threads > code.threads() || parameters.size() != code.parameters().size()) {
      throw new PtxFault(
          "%s takes %d threads and %d parameters, not %d and %d"
              .formatted(
                  function, code.threads(), code.parameters().size(), threads, parameters.size()));
    }
    PtxLaunch launch = new PtxLaunch(memory, blocks, threads, parameters);
    for (int block = 0; block < blocks; block++) {
      code.run(launch, block);
    }
  }
}
