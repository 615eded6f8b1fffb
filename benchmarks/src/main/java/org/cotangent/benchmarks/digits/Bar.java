package org.cotangent.benchmarks.digits;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** The progress bar: drawn over itself on a terminal, a whole line every second anywhere else. */
public final class Bar {
  private static final int WIDTH = 100;

  private Bar() {}

  /**
   * {@return a bar}
   *
   * @param task in front of it
   * @param steps until it is full
   * @param out where it is drawn
   */
  public static ProgressBar of(String task, int steps, PrintStream out) {
    boolean terminal = isTerminal();
    boolean blocks = out.charset().equals(StandardCharsets.UTF_8);
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(blocks ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(terminal ? 50 : 1000)
        .setConsumer(terminal ? new ConsoleProgressBarConsumer(out) : lines(out))
        .build();
  }

  private static ProgressBarConsumer lines(PrintStream out) {
    String[] latest = {""};
    return new DelegatingProgressBarConsumer(
        line -> {
          // The bar is drawn once more when it is closed, whether or not it has changed.
          if (!line.equals(latest[0])) {
            out.println(line.stripTrailing());
            latest[0] = line;
          }
        },
        WIDTH);
  }

  /** JDK 22 to 24 have a console on a pipe too, JDK 25 has none. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
