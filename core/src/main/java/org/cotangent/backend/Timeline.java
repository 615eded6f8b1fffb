package org.cotangent.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What lives when in the arena of a program, and where: the memory plan as a picture. A buffer
 * takes its place from the kernel that writes it first to the last that reads it; one whose memory
 * another takes over in place ends with the kernel before that.
 *
 * @param name of the program
 * @param bytes of the arena
 * @param kernels what each kernel computes, in order
 * @param lives of the buffers in the arena, by number
 */
public record Timeline(String name, long bytes, List<String> kernels, List<Life> lives) {
  /** Of the picture, in pixels, without its margins. */
  private static final double WIDTH = 960;

  private static final double HEIGHT = 480;
  private static final double MARGIN = 20;

  /**
   * One buffer.
   *
   * @param buffer its number in the program
   * @param offset of its first byte in the arena
   * @param bytes its size
   * @param from the first kernel
   * @param to the kernel behind the last
   */
  public record Life(int buffer, long offset, long bytes, int from, int to) {}

  /** Copies the lists. */
  public Timeline {
    kernels = List.copyOf(kernels);
    lives = List.copyOf(lives);
  }

  /**
   * {@return the timeline of a program}
   *
   * @param program what the plan is of
   */
  public static Timeline of(Program program) {
    int[] from = new int[program.buffers().size()];
    int[] to = new int[from.length];
    Arrays.fill(from, Integer.MAX_VALUE);
    for (int k = 0; k < program.kernels().size(); k++) {
      Kernel kernel = program.kernels().get(k);
      List<Integer> used = new ArrayList<>();
      kernel.inputs().forEach(operand -> used.add(operand.buffer()));
      kernel.outputs().forEach(operand -> used.add(operand.buffer()));
      if (program.workspaces().get(k) >= 0) {
        used.add(program.workspaces().get(k));
      }
      for (int buffer : used) {
        from[buffer] = Math.min(from[buffer], k);
        to[buffer] = k + 1;
      }
    }
    List<Life> lives = new ArrayList<>();
    for (int b = 0; b < from.length; b++) {
      Buffer buffer = program.buffers().get(b);
      if (buffer.storage() instanceof Storage.Scratch(long offset)
          && buffer.bytes() > 0
          && from[b] < to[b]) {
        lives.add(
            new Life(b, offset, buffer.bytes(), from[b], end(program, b, offset, from, to[b])));
      }
    }
    return new Timeline(
        program.source().name(),
        program.plan().scratch(),
        program.kernels().stream().map(kernel -> kernel.label() + ", " + kernel.origin()).toList(),
        lives);
  }

  /** Where a buffer ends: a kernel earlier if its last one writes another over it. */
  private static int end(Program program, int buffer, long offset, int[] from, int to) {
    boolean isTakenOver =
        program.kernels().get(to - 1).outputs().stream()
            .map(Operand::buffer)
            .anyMatch(b ->
                b != buffer
                    && from[b] == to - 1
                    && from[buffer] < to - 1
                    && program.buffers().get(b).storage().equals(new Storage.Scratch(offset)));
    return isTakenOver ? to - 1 : to;
  }

  /**
   * {@return the picture, an SVG document} Each buffer is a {@code rect} of the class {@code
   * buffer}, whose attributes {@code data-buffer}, {@code data-offset}, {@code data-bytes}, {@code
   * data-from} and {@code data-to} say exactly what is drawn; each kernel one of the class {@code
   * kernel}.
   */
  public String svg() {
    StringBuilder svg =
        new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            .append(
                String.format(
                    Locale.ROOT,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\""
                        + " font-family=\"sans-serif\" font-size=\"12\">\n",
                    WIDTH + 2 * MARGIN,
                    HEIGHT + 3 * MARGIN))
            .append(
                String.format(
                    Locale.ROOT,
                    "<text x=\"%.0f\" y=\"%.0f\">%s: arena of %s, kernels: %d</text>\n",
                    MARGIN,
                    1.25 * MARGIN,
                    escaped(name),
                    MemoryStatistics.print(bytes),
                    kernels.size()));
    for (int k = 0; k < kernels.size(); k++) {
      svg.append(
          rectangle(
              "kernel",
              "",
              new Life(k, 0, bytes, k, k + 1),
              k % 2 == 0 ? "#f4f4f4" : "#e8e8e8",
              "kernel " + k + ": " + kernels.get(k)));
    }
    for (Life life : lives) {
      String data =
          String.format(
              Locale.ROOT,
              " data-buffer=\"%d\" data-offset=\"%d\" data-bytes=\"%d\" data-from=\"%d\""
                  + " data-to=\"%d\"",
              life.buffer,
              life.offset,
              life.bytes,
              life.from,
              life.to);
      svg.append(
          rectangle(
              "buffer",
              data,
              life,
              // Far apart for neighbours: the golden angle.
              String.format(
                  Locale.ROOT, "hsl(%d,60%%,70%%)", Math.floorMod(life.buffer * 137, 360)),
              String.format(
                  Locale.ROOT,
                  "b%d: %s at %d, kernels %d to %d, written by %s",
                  life.buffer,
                  MemoryStatistics.print(life.bytes),
                  life.offset,
                  life.from,
                  life.to - 1,
                  kernels.get(life.from))));
    }
    return svg.append("</svg>\n").toString();
  }

  private String rectangle(String kind, String data, Life life, String color, String title) {
    double column = WIDTH / Math.max(1, kernels.size());
    double scale = HEIGHT / Math.max(1, bytes);
    return String.format(
        Locale.ROOT,
        "<rect class=\"%s\"%s x=\"%.4f\" y=\"%.4f\" width=\"%.4f\" height=\"%.4f\" fill=\"%s\">"
            + "<title>%s</title></rect>\n",
        kind,
        data,
        MARGIN + life.from * column,
        2 * MARGIN + life.offset * scale,
        (life.to - life.from) * column,
        life.bytes * scale,
        color,
        escaped(title));
  }

  /** What XML 1.0 takes: a control character, which no escape makes valid, is a question mark. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            default -> escaped.appendCodePoint(isXml(c) ? c : '?');
          }
        });
    return escaped.toString();
  }

  private static boolean isXml(int c) {
    boolean isSurrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    return c == '\t' || c == '\n' || (c >= ' ' && !isSurrogate && c != 0xfffe && c != 0xffff);
  }
}
