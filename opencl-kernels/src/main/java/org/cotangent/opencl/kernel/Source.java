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
      // Stores a whole vector past the caches, where the compiler and the alignment allow it.
      #ifdef __has_builtin
      #if __has_builtin(__builtin_nontemporal_store)
      #define PASS(V, STORE, value, pointer) \\
        if ((ulong)(pointer) % sizeof(V) == 0) \\
          __builtin_nontemporal_store(value, (__global V *)(pointer)); \\
        else \\
          STORE(value, 0, pointer);
      #endif
      #endif
      #ifndef PASS
      #define PASS(V, STORE, value, pointer) STORE(value, 0, pointer);
      #endif
      #define AT(T, memory, offset) ((__global T *)((memory) + (offset)))
      """;

  private static final Pattern SELF = Pattern.compile("\\b" + NAME + "(?=\\b|_)");
  private static final Pattern HEAD =
      Pattern.compile("__kernel\\b[^;{]*?\\bvoid\\s+" + NAME + "\\(");
  private static final Pattern DEFINE =
      Pattern.compile("^\\s*#\\s*define\\s+(\\w+)", Pattern.MULTILINE);

  /** {@return the name of the function in a program, the same for equal texts} */
  public String function() {
    return "k" + new Digest().add(text).hex().substring(0, 20);
  }

  /**
   * {@return the text of a kernel function}
   *
   * @param local work-items of a group
   * @param parameters of the function, with commas between them
   * @param body its statements
   */
  static String kernel(int local, String parameters, CharSequence body) {
    return """
    __kernel __attribute__((reqd_work_group_size(%d, 1, 1))) void %s(%s) {
    %s}
    """
        .formatted(local, NAME, parameters, body);
  }

  /** {@return the text as it stands in a program, without the prelude} */
  public String named() {
    return named(text, function());
  }

  /** {@return whether another kernel can do this as a part; local memory is a kernel's own} */
  boolean isPart() {
    return !text.contains("__local ");
  }

  /**
   * {@return the text with an ordinary function in place of the kernel, for use in another's text}
   *
   * @param name of the function
   */
  String part(String name) {
    return named(HEAD.matcher(text).replaceFirst("static void " + NAME + "("), name);
  }

  private static String named(String text, String name) {
    StringBuilder program = new StringBuilder(SELF.matcher(text).replaceAll(name)).append('\n');
    Matcher defines = DEFINE.matcher(text);
    while (defines.find()) {
      program.append("#undef ").append(defines.group(1)).append('\n');
    }
    return program.toString();
  }
}
