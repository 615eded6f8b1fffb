package org.cotangent.opencl.kernel;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.cotangent.backend.Nest;
import org.cotangent.type.DType;

/**
 * An operand along the innermost axis of a loop: a register's lanes are elements {@code at}, {@code
 * at + 1} and so on. Where fewer than all lanes are there the code reads the variable {@code n},
 * their number.
 *
 * @param dtype of the elements
 * @param step from one to the next
 * @param pointer to element 0
 * @param stride between elements, where the step is {@link Nest.Step#ANY}
 */
record Stream(DType dtype, Nest.Step step, String pointer, String stride) {
  /**
   * {@return an operand with a stride}
   *
   * @param dtype of the elements
   * @param stride from one to the next
   * @param pointer to element 0
   * @param signature that hands the stride over, if the text must read it
   */
  static Stream of(DType dtype, long stride, String pointer, Signature signature) {
    Nest.Step step = Nest.Step.of(stride);
    return new Stream(dtype, step, pointer, step == Nest.Step.ANY ? signature.number(stride) : "");
  }

  private String element(String at) {
    return switch (step) {
      case NONE -> pointer + "[0]";
      case ONE -> "%s[%s]".formatted(pointer, at);
      case ANY -> "%s[(%s) * %s]".formatted(pointer, at, stride);
    };
  }

  /** {@return a declaration of a register with all lanes, or with the first n of them} */
  String load(String register, String at, int width) {
    String type = C.register(dtype, width);
    if (width == 1 || step == Nest.Step.NONE) {
      String one = C.fromMemory(dtype, element(at), 1);
      return "const %s %s = %s;\n"
          .formatted(type, register, C.splat(C.register(dtype, 1), one, width));
    }
    return """
    %s %s;
    if (n == %d) {
    %s = %s;
    } else {
    %s lanes[%d] = {0};
    for (int l = 0; l < %d; l++) if (l < n) lanes[l] = %s;
    %s = %s;
    }
    """
        .formatted(
            type,
            register,
            width,
            register,
            C.fromMemory(dtype, full(at, width), width),
            C.memory(dtype),
            width,
            width,
            element(at + " + l"),
            register,
            C.fromMemory(dtype, C.load("lanes", width), width));
  }

  private String full(String at, int width) {
    if (step == Nest.Step.ONE) {
      return C.load("%s + %s".formatted(pointer, at), width);
    }
    return IntStream.range(0, width)
        .mapToObj(lane -> element(at + " + " + lane))
        .collect(Collectors.joining(", ", "(" + C.vector(C.memory(dtype), width) + ")(", ")"));
  }

  /** {@return a statement that writes all lanes of a register, or the first n of them} */
  String store(String register, String at, int width) {
    return store(register, at, width, false);
  }

  /**
   * {@return a statement that writes all lanes of a register, or the first n of them}
   *
   * @param register with the lanes
   * @param at where the first one goes
   * @param width of the register
   * @param pass whether to write past the caches
   */
  String store(String register, String at, int width, boolean pass) {
    String value = C.toMemory(dtype, register, width);
    if (width == 1) {
      return "%s = %s;\n".formatted(element(at), value);
    }
    String some =
        """
        {
        %s lanes[%d];
        %s
        for (int l = 0; l < %d; l++) if (l < n) %s = lanes[l];
        }
        """
            .formatted(
                C.memory(dtype),
                width,
                C.store(value, "lanes", width),
                width,
                element(at + " + l"));
    return step == Nest.Step.ONE
        ? "if (n == %d) %s\nelse %s"
            .formatted(
                width,
                pass ? pass(value, at, width) : C.store(value, pointer + " + " + at, width),
                some)
        : some;
  }

  private String pass(String value, String at, int width) {
    return "{ PASS(%s, vstore%d, %s, %s + %s) }"
        .formatted(C.vector(C.memory(dtype), width), width, value, pointer, at);
  }
}
