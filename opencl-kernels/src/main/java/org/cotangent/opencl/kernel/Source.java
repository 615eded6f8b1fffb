package org.cotangent.opencl.kernel;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * OpenCL C of one kernel function. It calls itself {@value #NAME}, and so does every helper
 * function begin ({@code KERNEL_helper}): when texts are put together into one program each gets a
 * name of its own, made from a digest of the text. Macros that a text defines end with it.
 *
 * @param text what follows {@link #PRELUDE} in a program
 */
public record Source(String text) {
  /** What a text calls its kernel function. */
  public static final String NAME = "KERNEL";

  /** What every program starts with; the texts may use it. */
  public static final String PRELUDE =
      """
      #ifdef cl_khr_fp64
      #pragma OPENCL EXTENSION cl_khr_fp64 : enable
      #endif
      #pragma OPENCL FP_CONTRACT OFF
      #define AT(T, memory, offset) ((__global T *)((memory) + (offset)))
      """;

  private static final Pattern SELF = Pattern.compile("\\b" + NAME + "(?=\\b|_)");
  private static final Pattern DEFINE =
      Pattern.compile("^\\s*#\\s*define\\s+(\\w+)", Pattern.MULTILINE);

  /** {@return the name of the function in a program, the same for equal texts} */
  public String function() {
    return "k" + new Digest().add(text).hex().substring(0, 20);
  }

  /** {@return the text as it stands in a program, without the prelude} */
  public String named() {
    String name = function();
    StringBuilder program = new StringBuilder(SELF.matcher(text).replaceAll(name)).append('\n');
    Matcher defines = DEFINE.matcher(text);
    while (defines.find()) {
      program.append("#undef ").append(defines.group(1)).append('\n');
    }
    return program.toString();
  }
}
