package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Report;
import org.cotangent.opencl.kernel.Argument.Int64;
import org.cotangent.opencl.kernel.Argument.Memory;
import org.cotangent.opencl.kernel.Argument.Status;
import org.cotangent.opencl.kernel.Argument.Table;
import org.cotangent.type.DType;

/**
 * Parameters of one kernel function and the arguments for them, in step. Numbers of a shape are
 * read from the program's table, so that a text fits many shapes.
 */
final class Signature {
  private final List<String> parameters = new ArrayList<>();
  private final List<Argument> arguments = new ArrayList<>();
  private final List<Long> numbers = new ArrayList<>();
  private int memories;

  /** {@return an expression for the address of an operand's first element} */
  String memory(Operand operand) {
    return memory(
        operand.buffer(), operand.layout().offset() * operand.dtype().bytes(), operand.dtype());
  }

  /**
   * {@return an expression for an address}
   *
   * @param buffer of the program
   * @param offset in bytes
   * @param dtype of what lies there
   */
  String memory(int buffer, long offset, DType dtype) {
    int number = memories++;
    parameters.add("__global uchar *m" + number);
    parameters.add("const ulong o" + number);
    arguments.add(new Memory(buffer, offset));
    return "AT(%s, m%d, o%d)".formatted(C.memory(dtype), number, number);
  }

  /** {@return the name of a number} */
  String number(long value) {
    numbers.add(value);
    return "n" + (numbers.size() - 1);
  }

  /** {@return the name of a number that is an argument of its own} */
  String argument(String name, long value) {
    parameters.add("const long " + name);
    arguments.add(new Int64(value));
    return name;
  }

  /** {@return the address of the status words} */
  String status(Report report) {
    parameters.add("__global long *status");
    parameters.add("const ulong report");
    arguments.add(new Status(report));
    return "(status + report)";
  }

  /**
   * {@return the launch of a function with these parameters and arguments}
   *
   * @param body what it does
   * @param groups number of work-groups
   * @param local work-items of a group
   */
  Launch launch(String body, long groups, int local) {
    String text = Source.kernel(local, parameters().substring(2), declarations() + body);
    return new Launch(new Source(text), arguments(), groups, local);
  }

  /** {@return the parameters, each after a comma} */
  String parameters() {
    StringBuilder text = new StringBuilder();
    parameters.forEach(parameter -> text.append(", ").append(parameter));
    return numbers.isEmpty()
        ? text.toString()
        : text + ", __global const long *numbers, const ulong numbersFrom";
  }

  /** {@return the parameters' names, each after a comma} */
  String names() {
    StringBuilder text = new StringBuilder();
    parameters.forEach(parameter -> text.append(", ").append(parameter.replaceFirst(".*[ *]", "")));
    return numbers.isEmpty() ? text.toString() : text + ", numbers, numbersFrom";
  }

  /** {@return declarations of the numbers} */
  String declarations() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < numbers.size(); i++) {
      text.append("const long n%d = numbers[numbersFrom + %d];\n".formatted(i, i));
    }
    return text.toString();
  }

  List<Argument> arguments() {
    List<Argument> all = new ArrayList<>(arguments);
    if (!numbers.isEmpty()) {
      all.add(new Table(numbers));
    }
    return all;
  }
}
