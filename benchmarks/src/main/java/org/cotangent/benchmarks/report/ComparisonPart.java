package org.cotangent.benchmarks.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.small;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.text;
import static j2html.TagCreator.ul;

import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Limits;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Work;

/** The part of the page on a comparison: what was measured on, who took part, a table a suite. */
final class ComparisonPart {
  private static final String LEGEND =
      "Times are of one run: the median of the rounds, and below it least to most. Over the best"
          + " peer: in each round, the time of the fastest other engine on the same device over"
          + " ours; then the median, least and most of the rounds. Of the limit: in each round,"
          + " the least time that the machine takes for the operations or the bytes, over the"
          + " time taken; up to "
          + (long) (Scores.CACHE / (1 << 20))
          + " MiB are taken to stay in the cache. Rounds that failed are left out.";

  private final Scores scores;
  private final String id;

  private ComparisonPart(Scores scores, String id) {
    this.scores = scores;
    this.id = id;
  }

  /**
   * {@return the part}
   *
   * @param comparison to show
   * @param id of the part, begins the ids in it
   */
  static DomContent of(Comparison comparison, String id) {
    ComparisonPart part = new ComparisonPart(new Scores(comparison), id);
    return div(
        part.noise(),
        h3("Machine"),
        Parts.facts(comparison.facts()),
        h3("Settings"),
        Parts.facts(comparison.settings()),
        h3("Limits, median of the rounds"),
        Parts.facts(part.limits()),
        h3("Participants"),
        ul(
            each(part.scores.present(), ComparisonPart::describe),
            each(part.scores.leftOut(), ComparisonPart::describe)),
        p(LEGEND).withClass("legend"),
        each(part.scores.suites(), part::suite));
  }

  private DomContent noise() {
    Comparison comparison = scores.comparison();
    String cores =
        String.format(Locale.ROOT, "Others kept %.2f cores busy", comparison.foreignCores());
    return comparison.noisy()
        ? p(
                strong("The machine was noisy. "),
                text(cores + ": times are doubtful, ratios less so."))
            .withClass("warning")
        : p(cores + ": the machine was quiet.");
  }

  private Map<String, String> limits() {
    Map<String, String> limits = new LinkedHashMap<>();
    limit(limits, "float32 at best", Limits::flops32, v -> Quantity.giga(v, "FLOP/s"));
    limit(limits, "float64 at best", Limits::flops64, v -> Quantity.giga(v, "FLOP/s"));
    limit(limits, "copies in cache", Limits::cached, v -> Quantity.giga(v, "B/s"));
    limit(limits, "copies in memory", Limits::memory, v -> Quantity.giga(v, "B/s"));
    limit(limits, "empty call", Limits::call, Quantity::time);
    return limits;
  }

  private void limit(
      Map<String, String> limits,
      String name,
      ToDoubleFunction<Limits> figure,
      DoubleFunction<String> format) {
    Summary.of(scores.comparison().limits().stream().mapToDouble(figure))
        .ifPresent(summary -> limits.put(name, format.apply(summary.median())));
  }

  private static DomContent describe(Participant participant) {
    String name = Text.plain(participant.engine() + " on " + participant.device());
    return participant.unavailable() == null
        ? li(strong(name), text(": " + Text.plain(participant.description())))
        : li(strong(name), text(" was left out: " + Text.plain(participant.unavailable())));
  }

  private DomContent suite(String suite) {
    List<Work> tasks = scores.tasks(suite);
    String name = Text.plain(suite);
    List<String> failures = failures(tasks);
    return div(
        h3(name),
        Parts.table(name, heads(), tasks.stream().map(this::row).toList()),
        iff(!failures.isEmpty(), ul(each(failures, failure -> li(failure))).withClass("failures")),
        each(scores.ours(), ours -> chart(suite, ours, tasks)));
  }

  private List<String> heads() {
    List<String> heads = new ArrayList<>(List.of("task"));
    scores.present().forEach(participant -> heads.add(Text.plain(scores.name(participant))));
    for (Participant ours : scores.ours()) {
      String which = scores.ours().size() > 1 ? scores.name(ours) + ": " : "";
      heads.add(Text.plain(which + "over the best peer"));
      heads.add(Text.plain(which + "of the limit"));
    }
    return heads;
  }

  private DomContent row(Work task) {
    double best =
        scores.present().stream()
            .flatMap(participant -> scores.seconds(task, participant).stream())
            .mapToDouble(Summary::median)
            .min()
            .orElse(Double.NaN);
    List<DomContent> cells = new ArrayList<>();
    for (Participant participant : scores.present()) {
      cells.add(time(task, participant, best));
    }
    for (Participant ours : scores.ours()) {
      cells.add(speed(scores.speed(task, ours)));
      cells.add(
          scores
              .share(task, ours)
              .map(share -> range(Quantity.percent(share.median()), share, Quantity::percent))
              .orElseGet(Parts::nothing));
    }
    return Parts.row(Text.parameters(task), cells);
  }

  private TdTag time(Work task, Participant participant, double best) {
    int failed = scores.failed(task, participant);
    Optional<Summary> seconds = scores.seconds(task, participant);
    if (seconds.isEmpty()) {
      return scores.failure(task, participant).isPresent() || failed > 0
          ? Parts.cell("failed", "").withClass("slower")
          : Parts.nothing();
    }
    Summary summary = seconds.get();
    TdTag cell = range(Quantity.time(summary.median()), summary, Quantity::time);
    if (failed > 0) {
      cell.with(small(failed + " of " + (failed + summary.rounds()) + " failed"));
    }
    return summary.median() == best ? cell.withClass("best") : cell;
  }

  private static TdTag speed(Optional<Summary> speed) {
    return speed
        .map(summary ->
            range(Quantity.ratio(summary.median()), summary, Quantity::ratio)
                .withClass(summary.median() >= 1 ? "faster" : "slower"))
        .orElseGet(Parts::nothing);
  }

  private static TdTag range(String figure, Summary summary, DoubleFunction<String> format) {
    String rounds = summary.rounds() == 1 ? "1 round" : summary.rounds() + " rounds";
    return Parts.cell(figure, Quantity.range(summary, format)).withTitle(rounds);
  }

  private List<String> failures(List<Work> tasks) {
    List<String> failures = new ArrayList<>();
    for (Work task : tasks) {
      for (Participant participant : scores.present()) {
        scores
            .failure(task, participant)
            .ifPresent(failure ->
                failures.add(
                    Text.plain(
                        scores.name(participant)
                            + " failed at "
                            + Text.parameters(task)
                            + ": "
                            + failure)));
      }
    }
    return failures;
  }

  /** A machine without fonts, or without AWT, throws errors of many kinds; the page goes on. */
  private DomContent chart(String suite, Participant ours, List<Work> tasks) {
    String name = id + "-" + scores.suites().indexOf(suite) + "-" + scores.ours().indexOf(ours);
    try {
      Speeds speeds = new Speeds(scores, ours, tasks, Text::values);
      return speeds.isEmpty()
          ? text("")
          : figure(
              div(rawHtml(speeds.svg(Palette.LIGHT, name + "-light"))).withClass("scroll light"),
              div(rawHtml(speeds.svg(Palette.DARK, name + "-dark"))).withClass("scroll dark"));
    } catch (Exception | Error e) {
      return figure(figcaption("The chart could not be drawn: " + Text.reason(e)));
    }
  }
}
