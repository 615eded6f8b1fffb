package org.cotangent.testing;

import java.lang.reflect.Executable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.error.CotangentException;

/** What messages have: the op, the values, the next step. */
final class BadInputMessages {
  /** Ops that no method is called like. */
  private static final Set<String> OPS =
      Set.of(
          "array",
          "arrayInterface",
          "averagePool1d",
          "batch",
          "batchNormMean",
          "clipping",
          "convTranspose1d",
          "convolution",
          "device",
          "dlpack",
          "dtype",
          "host array",
          "maxPool1d",
          "memory plan",
          "negative",
          "optimizer",
          "pooling",
          "profile",
          "program",
          "shape");

  /** Beginnings without a colon after the op. */
  private static final Pattern OTHERWISE =
      Pattern.compile(
          "device .* is unknown: .*|dtype .*|out of device memory: .* made by \\w+; .*",
          Pattern.DOTALL);

  /** Faults that say what is asked: the next step is to do so. */
  private static final Pattern ASKED =
      Pattern.compile(
          Stream.of(
                  "at (least|most) ",
                  "more bytes than",
                  "but ",
                  "fails: ",
                  "expected ",
                  "names \\d+ axes, and",
                  "no text as",
                  "cannot be ",
                  "differ",
                  "do(es)? not (broadcast|divide|fill|take)",
                  "is (negative|null|out of|too long)",
                  "has (\\d+|the sizes|no places)",
                  "lies in bytes",
                  "need",
                  "negative size",
                  "nested deeper than",
                  "no (elements|permutation|array|integer|safetensors|\\.npy)",
                  "not (those|in|as many|ascending)",
                  "pass ",
                  "reach beyond",
                  "repeated",
                  "too many",
                  ", not ")
              .collect(Collectors.joining("|")));

  private final Set<String> ops = new HashSet<>(OPS);

  /**
   * @param calls by whose names messages begin
   */
  BadInputMessages(Stream<Executable> calls) {
    calls.forEach(call -> ops.add(call.getName()));
  }

  /** {@return what a message lacks} */
  List<String> faults(Executable call, Object[] values, Bad bad, CotangentException error) {
    String message = message(error);
    List<String> faults = new ArrayList<>(op(message, values));
    if (!bad.shown().isEmpty() && !shows(bad, message)) {
      faults.add("shows no value: " + message);
    }
    if (!message.contains(";") && !ASKED.matcher(message).find()) {
      faults.add("says no next step: " + message);
    }
    return faults;
  }

  /** The value, or numbers that come of it. */
  private static boolean shows(Bad bad, String message) {
    return bad.shown().stream().anyMatch(message::contains)
        || NUMBER_OR_TYPE.matcher(message).find();
  }

  /** {@return what the message of an error lacks that came once the result was used} */
  List<String> later(CotangentException error) {
    return op(message(error));
  }

  private List<String> op(String message, Object... values) {
    int colon = message.indexOf(": ");
    String op = colon < 0 ? "" : message.substring(0, colon);
    return ops.contains(op.replaceFirst(" at .*", ""))
            || OTHERWISE.matcher(message).matches()
            || (colon >= 0 && Arrays.asList(values).contains(op))
        ? List.of()
        : List.of("names no op: " + message);
  }

  /** A dtype alone is neither. */
  private static final Pattern NUMBER_OR_TYPE =
      Pattern.compile("(?<![\\w])\\d|(float|int|bool)\\d*\\(");

  private static final Pattern PLACE = Pattern.compile(" \\(at [^()]*\\)$");

  private static String message(CotangentException error) {
    return PLACE.matcher(String.valueOf(error.getMessage())).replaceAll("");
  }
}
