package org.cotangent.benchmarks.report;

import static org.cotangent.benchmarks.report.Samples.OURS;
import static org.cotangent.benchmarks.report.Samples.failed;
import static org.cotangent.benchmarks.report.Samples.timing;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Work;
import org.junit.jupiter.api.Test;

class PageTest {
  /** Closes whatever it stands in, if it is not escaped. */
  static final String NASTY = "</title></style><script>alert(\"1\")</script>&amp;'|`\u0000\uD800é中";

  private static final String ESCAPED =
      "&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"
          + "&amp;amp;&#x27;|`\uFFFD\uFFFDé中";

  private static String page(Comparison comparison) {
    return Page.of(List.of(new Source.Compared("a.json", comparison)));
  }

  private static List<String> all(String pattern, String page) {
    return Pattern.compile(pattern).matcher(page).results().map(MatchResult::group).toList();
  }

  private static void assertHas(String part, String page) {
    assertTrue(page.contains(part), () -> part + " is not in " + page);
  }

  /** A comparison of which every text is nasty, of one round. */
  static Comparison nasty() {
    Participant peer = new Participant(NASTY, "cpu", NASTY, null);
    Participant absent = new Participant(NASTY, NASTY, "", NASTY);
    Work task = Samples.task(NASTY, Map.of(NASTY, NASTY), 1, 1);
    Comparison plain =
        Samples.comparison(
            List.of(OURS, peer, absent),
            List.of(task),
            1,
            List.of(timing(task, OURS, 1e-3), failed(task, peer, NASTY, 2e-3, 0.0)));
    return new Comparison(
        plain.format(),
        Map.of(NASTY, Map.of(NASTY, NASTY)),
        Map.of(NASTY, NASTY),
        0,
        plain.participants(),
        plain.tasks(),
        plain.limits(),
        plain.timings());
  }

  @Test
  void textsAreEscaped() {
    String page =
        Page.of(
            List.of(
                new Source.Compared(NASTY, nasty()), new Source.Skipped("b.json", "no " + NASTY)));
    assertFalse(page.contains("<script"), page);
    assertEquals(1, all("</title>", page).size());
    assertEquals(1, all("</style>", page).size());
    assertHas("<strong>" + ESCAPED + " on " + ESCAPED + "</strong> was left out: " + ESCAPED, page);
    assertHas("failed at " + ESCAPED + "=" + ESCAPED + ": " + ESCAPED, page);
    assertHas("<dt>" + ESCAPED + "</dt><dd>" + ESCAPED + "=" + ESCAPED + "</dd>", page);
  }

  @Test
  void aSuiteIsATableOfTimesRatiosAndShares() {
    String page = page(Samples.small());
    assertHas(
        "<tr><th scope=\"col\">task</th><th scope=\"col\">cotangent</th><th scope=\"col\">ejml</th>"
            + "<th scope=\"col\">openblas</th><th scope=\"col\">over the best peer</th>"
            + "<th scope=\"col\">of the limit</th></tr>",
        page);
    assertHas(
        "<th scope=\"row\">n=100</th>"
            + "<td title=\"3 rounds\" class=\"best\">1.00 ms<small>1.00 – 4.00 ms</small></td>"
            + "<td title=\"3 rounds\">4.40 ms<small>2.00 – 9.00 ms</small></td>"
            + "<td title=\"3 rounds\">8.00 ms<small>500 µs – 8.00 ms</small></td>"
            + "<td title=\"3 rounds\" class=\"faster\">1.10×<small>0.500 – 2.00×</small></td>"
            + "<td title=\"3 rounds\">20%<small>5 – 20%</small></td>",
        page);
  }

  @Test
  void failuresAreShown() {
    String page = page(Samples.large());
    assertHas("<td class=\"slower\">failed</td>", page);
    assertHas("<small>1 of 5 failed</small>", page);
    assertHas(
        "<li>openblas cpu failed at size=1048576 operands=SAME dtype=FLOAT32:"
            + " java.lang.OutOfMemoryError: Java heap space</li>",
        page);
    assertHas("<strong>nd4j on cpu</strong> was left out: libjnind4jcpu.so", page);
    assertHas("<strong>The machine was noisy. </strong>Others kept 0.31 cores busy", page);
  }

  @Test
  void oneRoundHasNoRange() {
    Comparison comparison =
        Samples.comparison(
            List.of(OURS), List.of(Samples.TASK), 1, List.of(timing(Samples.TASK, OURS, 1e-3)));
    String page = page(comparison);
    assertHas("<td title=\"1 round\" class=\"best\">1.00 ms</td>", page);
    assertHas("<td class=\"nothing\">–</td>", page);
    assertFalse(page.contains("<svg"), "a chart of nothing");
  }

  @Test
  void chartsAreDrawnInLightAndDark() {
    String page = page(Samples.large());
    // Three suites on two devices, each twice.
    assertEquals(12, all("<svg ", page).size());
    assertEquals(12, all("aria-label=\"speed of cotangent \\w+ over its best peer", page).size());
    assertFalse(page.contains("could not be drawn"), page);
    assertHas(">1048576 SAME FLOAT32<", page);
  }

  @Test
  void aPageNeedsNoOtherFileAndHasNoIdTwice() {
    String page =
        Page.of(
            List.of(
                new Source.Compared("a.json", Samples.large()),
                new Source.Compared("b.json", Samples.small())));
    assertTrue(page.startsWith("<!DOCTYPE html><html lang=\"en\">"), page.substring(0, 50));
    assertEquals(Set.of("http://www.w3.org/2000/svg"), Set.copyOf(all("https?://[^\"' ]*", page)));
    assertEquals(List.of(), all("<(link|img|iframe|object|script|image)\\b|url\\((?!#)", page));
    List<String> ids = all(" id=\"[^\"]*\"", page);
    assertEquals(ids.size(), new HashSet<>(ids).size(), ids.toString());
    assertHas("<a href=\"#file1\">b.json</a>", page);
  }

  @Test
  void resultsOfJmhHaveATable() {
    JmhResult result =
        new JmhResult(
            "Add.run", Map.of("n", "7"), "avgt", 12.345, 0.5, "us/op", Map.of("JMH", "1"));
    String page = Page.of(List.of(new Source.Jmh("j.json", List.of(result))));
    assertHas(
        "<th scope=\"row\">Add.run</th><td class=\"words\">n=7</td><td class=\"words\">avgt</td>"
            + "<td>12.3<small>± 0.500</small></td><td class=\"words\">us/op</td>",
        page);
    assertHas("<dt>JMH</dt><dd>1</dd>", page);
  }
}
