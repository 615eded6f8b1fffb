package org.cotangent.benchmarks.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.each;

import j2html.tags.DomContent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The part of the page on a file of JMH's: what was asked of it, and a table. */
final class JmhPart {
  private JmhPart() {}

  /** {@return the part; results of other settings have a table of their own} */
  static DomContent of(List<JmhResult> results) {
    Map<Map<String, String>, List<JmhResult>> groups =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    JmhResult::settings, LinkedHashMap::new, Collectors.toList()));
    return div(each(groups, (settings, group) -> group(settings, group)));
  }

  private static DomContent group(Map<String, String> settings, List<JmhResult> results) {
    return div(
        Parts.facts(settings),
        Parts.table(
            "results of JMH",
            List.of("benchmark", "parameters", "mode", "score", "unit"),
            results.stream().map(JmhPart::row).toList()));
  }

  private static DomContent row(JmhResult result) {
    return Parts.row(
        result.benchmark(),
        List.of(
            Parts.words(Text.parameters(result.parameters())),
            Parts.words(result.mode()),
            Parts.cell(
                Quantity.number(result.score()),
                Double.isFinite(result.error()) ? "± " + Quantity.number(result.error()) : ""),
            Parts.words(result.unit())));
  }
}
