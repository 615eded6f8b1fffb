package org.cotangent.benchmarks.report;

import static org.cotangent.benchmarks.report.Samples.OURS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.junit.jupiter.api.Test;

class MarkdownTest {
  @Test
  void aComparisonIsOneTable() {
    assertEquals(
        """
        Abacus 9; cores: 2; JVM 25; 2026-01-31. rounds: 3.

        Times are of one run, medians of the rounds. Speed is over the fastest peer on the same device \
        in the same round: median, least – most. The machine's limit is the least time that it takes \
        for the operations or the bytes.

        | task | cotangent | ejml | openblas | speed over the best peer | of the machine's limit |
        |---|--:|--:|--:|--:|--:|
        | `Matmul 100` | 1.00 ms | 4.40 ms | 8.00 ms | **1.10×** (0.500 – 2.00×) | 20% |

        - **cotangent** on cpu: 2 threads
        - **ejml** on cpu: EJML 0.46.1, 2 threads
        - **openblas** on cpu: OpenBLAS 0.3.21
        """,
        Markdown.of(Samples.small()));
  }

  @Test
  void failuresNoiseAndThoseLeftOutAreSaid() {
    String text = Markdown.of(Samples.large());
    assertTrue(text.contains("The machine was noisy: others kept 0.31 cores busy."), text);
    assertTrue(text.contains("| `Add 1048576 SAME FLOAT32` | 1.76 ms | 5.29 ms | failed |"), text);
    assertTrue(text.contains("| cotangent opencl: speed over the best peer |"), text);
    assertTrue(
        text.contains("- **nd4j** on cpu was left out: libjnind4jcpu.so: cannot open"), text);
  }

  @Test
  void namesDoNotBreakTheTable() {
    Work task = Samples.task("a|b`c\nd", Map.of(), 1, 1);
    Participant peer = new Participant("x|y_<b>", "cpu", "*[1]*\n# two", null);
    String text =
        Markdown.of(
            Samples.comparison(
                List.of(OURS, peer),
                List.of(task),
                1,
                List.of(Samples.timing(task, OURS, 1.0), Samples.timing(task, peer, 2.0))));
    assertTrue(text.contains("| task | cotangent | x\\|y\\_&lt;b&gt; |"), text);
    assertTrue(text.contains("\n| `a\\|b'c d` | 1.00 s | 2.00 s | **2.00×** |"), text);
    assertTrue(text.contains(": \\*\\[1\\]\\* \\# two\n"), text);
    String outsideOfCode =
        Markdown.of(PageTest.nasty()).replace("\\`", "").replaceAll("`[^`]*`", "");
    assertFalse(outsideOfCode.matches("(?s).*[<>].*"), outsideOfCode);
  }
}
