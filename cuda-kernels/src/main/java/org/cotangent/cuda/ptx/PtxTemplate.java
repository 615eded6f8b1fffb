package org.cotangent.cuda.ptx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A kernel function of {@code src/main/cuda} as nvcc translated it. It may have marks: lines of
 * inline assembly that are no instructions, in whose place code is written that Java generates.
 *
 * @param target the first chips that it is for, or the only ones, see {@link Source}
 * @param threads of a block
 * @param shared bytes of shared memory that a launch gives a block: what the mark SHARED says
 * @param parameters how many the function has; Java's code may add more
 * @param directives between the parameters and the body
 * @param body whose registers are called unlike those of {@link PtxFunction}
 */
record PtxTemplate(
    String target, int threads, int shared, int parameters, String directives, String body) {
  private static final Pattern REGISTER = Pattern.compile("%(p|rs|rd|r|fd|f)(?=[\\d<])");
  private static final Pattern MARK =
      Pattern.compile(
          "^\\s*(ALIGNED|ELEMENT|VECTOR|LEFT|RIGHT|MULTIPLY) (.*);$", Pattern.MULTILINE);
  private static final Pattern SHARED =
      Pattern.compile("^\\s*SHARED (\\d+);\\n", Pattern.MULTILINE);
  private static final Pattern TARGET = Pattern.compile("^\\.target (\\w+)$", Pattern.MULTILINE);
  private static final Pattern THREADS = Pattern.compile("\\.maxntid (\\d+)");

  /**
   * {@return a kernel function}
   *
   * @param file as in {@code matmul}
   * @param function of that file
   */
  static PtxTemplate of(String file, String function) {
    String text = Texts.text(file);
    Matcher entry =
        Pattern.compile(
                "^\\.visible \\.entry %s\\(\\n([^)]*)\\n\\)\\n([^{]*)\\{\\n(.*?)^}"
                    .formatted(function),
                Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(text);
    if (!entry.find()) {
      throw new IllegalStateException(file + ".ptx has no " + function);
    }
    Matcher target = TARGET.matcher(text);
    if (!target.find()) {
      throw new IllegalStateException(file + ".ptx does not say for which chips it is");
    }
    Matcher threads = THREADS.matcher(entry.group(2));
    if (!threads.find()) {
      throw new IllegalStateException(function + " does not say how many threads a block has");
    }
    String body =
        entry
            .group(3)
            .lines()
            .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("//"))
            .collect(Collectors.joining("\n", "", "\n"))
            .replace(function + "_param_", PtxFunction.NAME + "_");
    Matcher shared = SHARED.matcher(body);
    return new PtxTemplate(
        target.group(1),
        Integer.parseInt(threads.group(1)),
        shared.find() ? Integer.parseInt(shared.group(1)) : 0,
        (int) entry.group(1).lines().count(),
        entry.group(2),
        REGISTER.matcher(shared.replaceAll("")).replaceAll("%nvcc_$1"));
  }

  /**
   * {@return the same with other words in its body}
   *
   * @param words for each word that stands for another, that one
   */
  PtxTemplate with(Map<String, String> words) {
    String text = body;
    for (Map.Entry<String, String> word : words.entrySet()) {
      text = text.replaceAll("\\b" + word.getKey() + "\\b", word.getValue());
    }
    return new PtxTemplate(target, threads, shared, parameters, directives, text);
  }

  /** What the jar has, read once: a program may have many products. */
  private static final class Texts {
    private static final Map<String, String> ALL =
        Map.of(
            "add", read("add"),
            "hopper", read("hopper"),
            "matmul", read("matmul"),
            "skinny", read("skinny"),
            "tensor", read("tensor"));

    private Texts() {}

    static String text(String file) {
      String text = ALL.get(file);
      if (text == null) {
        throw new IllegalStateException("there is no " + file + ".ptx");
      }
      return text;
    }
  }

  private static String read(String file) {
    try (InputStream resource = PtxTemplate.class.getResourceAsStream(file + ".ptx")) {
      if (resource == null) {
        throw new IllegalStateException(file + ".ptx is missing from the jar of cotangent-cuda");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * {@return the body with other code in place of its marks}
   *
   * @param code takes that code
   * @param marks writes the code for a mark, given the mark's operands
   */
  String filled(PtxFunction code, BiConsumer<String, List<String>> marks) {
    return MARK.matcher(body)
        .replaceAll(mark -> {
          List<String> operands = List.of(mark.group(2).split(", "));
          String text = code.aside(() -> marks.accept(mark.group(1), operands));
          return Matcher.quoteReplacement(text.stripTrailing());
        });
  }
}
