package org.cotangent.benchmarks.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;
import static j2html.TagCreator.ul;

import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cotangent.benchmarks.Facts;
import org.cotangent.benchmarks.Results;

/** The part of the page on a file of {@code mvn -Pratios}: times and figures of its contests. */
final class ContestsPart {
  private ContestsPart() {}

  /** {@return the part} */
  static DomContent of(Results results) {
    List<String> engines =
        results.outcomes().stream()
            .flatMap(outcome -> outcome.timings().stream())
            .map(Results.Timing::engine)
            .distinct()
            .toList();
    List<String> heads = new ArrayList<>(List.of("contest"));
    engines.forEach(engine -> heads.add(Text.plain(engine)));
    return div(
        Parts.facts(facts(results.facts())),
        iff(
            !results.leftOut().isEmpty(),
            ul(
                each(
                    results.leftOut().entrySet(),
                    entry ->
                        li(
                            strong(Text.plain(entry.getKey())),
                            text(" was left out: " + Text.plain(entry.getValue())))))),
        p("Medians of " + results.rounds() + " rounds in turns in one JVM.").withClass("legend"),
        h3("Times"),
        Parts.table(
            "times",
            heads,
            results.outcomes().stream().map(outcome -> times(outcome, engines)).toList()),
        h3("Figures"),
        Parts.table(
            "figures",
            List.of("contest", "figure", "value", "target"),
            results.outcomes().stream()
                .flatMap(
                    outcome -> outcome.figures().stream().map(figure -> figure(outcome, figure)))
                .toList()));
  }

  private static Map<String, Object> facts(Facts facts) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("date", facts.date());
    map.put("processor", facts.processor());
    map.put("cores", facts.cores());
    map.put("system", facts.system());
    map.put("jvm", facts.jvm());
    map.put("openBlas", facts.openBlas());
    map.put("openCl", facts.openCl());
    map.put("variables", facts.variables());
    return map;
  }

  private static DomContent times(Results.Outcome outcome, List<String> engines) {
    return Parts.row(
        outcome.name(),
        engines.stream()
            .map(engine ->
                outcome.timings().stream()
                    .filter(timing -> timing.engine().equals(engine))
                    .findFirst()
                    .map(ContestsPart::time)
                    .orElseGet(Parts::nothing))
            .toList());
  }

  private static TdTag time(Results.Timing timing) {
    Double rate = timing.rate();
    return Parts.cell(
        Quantity.time(timing.micros() * 1e-6),
        rate == null ? "" : Quantity.number(rate) + " " + Text.plain(timing.unit()));
  }

  private static DomContent figure(Results.Outcome outcome, Results.Figure figure) {
    Boolean met = figure.met();
    TdTag value = Parts.cell(Quantity.number(figure.value()), "");
    return Parts.row(
        outcome.name(),
        List.of(
            Parts.words(figure.name()),
            met == null ? value : value.withClass(met ? "faster" : "slower"),
            figure.target() == null
                ? Parts.nothing()
                : Parts.words(figure.target() + (met == null ? "" : met ? ": met" : ": not met"))));
  }
}
