package org.cotangent.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cotangent.benchmarks.compare.Comparison;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Work;

/** A comparison as Markdown: one table of all tasks, and who took part. */
public final class Markdown {
  private static final String LEGEND =
      "Times are of one run, medians of the rounds. Speed is over the fastest peer on the same"
          + " device in the same round: median, least – most. The machine's limit is the least time"
          + " that it takes for the operations or the bytes.";

  private final Scores scores;

  private Markdown(Scores scores) {
    this.scores = scores;
  }

  /**
   * {@return the text: machine and settings, the table, the participants; ends with a newline}
   *
   * @param comparison to show
   */
  public static String of(Comparison comparison) {
    Markdown markdown = new Markdown(new Scores(comparison));
    return markdown.machine()
        + "\n\n"
        + LEGEND
        + "\n\n"
        + markdown.table()
        + "\n"
        + markdown.participants();
  }

  private String machine() {
    Comparison comparison = scores.comparison();
    String facts =
        Stream.of("processor", "cores", "system", "jvm", "date")
            .filter(comparison.facts()::containsKey)
            .map(name -> (name.equals("cores") ? "cores: " : "") + fact(name))
            .collect(Collectors.joining("; "));
    String settings =
        comparison.settings().entrySet().stream()
            .map(entry -> escape(entry.getKey()) + ": " + escape(entry.getValue()))
            .collect(Collectors.joining("; "));
    String noise =
        comparison.noisy()
            ? String.format(
                Locale.ROOT,
                " The machine was noisy: others kept %.2f cores busy.",
                comparison.foreignCores())
            : "";
    return facts + ". " + settings + "." + noise;
  }

  private String fact(String name) {
    return escape(Text.value(scores.comparison().facts().get(name)));
  }

  private String table() {
    List<String> heads = new ArrayList<>(List.of("task"));
    scores.present().forEach(participant -> heads.add(escape(scores.name(participant))));
    for (Participant ours : scores.ours()) {
      String which = scores.ours().size() > 1 ? escape(scores.name(ours)) + ": " : "";
      heads.add(which + "speed over the best peer");
      heads.add(which + "of the machine's limit");
    }
    StringBuilder text = new StringBuilder(line(heads));
    text.append("|---").append("|--:".repeat(heads.size() - 1)).append("|\n");
    scores.comparison().tasks().forEach(task -> text.append(line(cells(task))));
    return text.toString();
  }

  private List<String> cells(Work task) {
    List<String> cells = new ArrayList<>();
    cells.add(code(Text.label(task)));
    scores.present().forEach(participant -> cells.add(time(task, participant)));
    for (Participant ours : scores.ours()) {
      cells.add(scores.speed(task, ours).map(Markdown::speed).orElse("–"));
      cells.add(
          scores.share(task, ours).map(share -> Quantity.percent(share.median())).orElse("–"));
    }
    return cells;
  }

  private String time(Work task, Participant participant) {
    Optional<Summary> seconds = scores.seconds(task, participant);
    return seconds.isPresent()
        ? Quantity.time(seconds.get().median())
        : scores.failure(task, participant).isPresent() ? "failed" : "–";
  }

  private static String speed(Summary speed) {
    String median = "**" + Quantity.ratio(speed.median()) + "**";
    String range = Quantity.range(speed, Quantity::ratio);
    return range.isEmpty() ? median : median + " (" + range + ")";
  }

  private String participants() {
    return Stream.concat(scores.present().stream(), scores.leftOut().stream())
        .map(Markdown::describe)
        .collect(Collectors.joining());
  }

  private static String describe(Participant participant) {
    String name = "- **" + escape(participant.engine()) + "** on " + escape(participant.device());
    return participant.unavailable() == null
        ? name + ": " + escape(participant.description()) + "\n"
        : name + " was left out: " + escape(participant.unavailable()) + "\n";
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /** In a table a bar must be escaped even within code. */
  private static String code(String text) {
    return "`" + text.replace('`', '\'').replace("|", "\\|") + "`";
  }

  private static String escape(String text) {
    return Text.plain(text)
        .replaceAll("[\\\\`*_\\[\\]|~#]", "\\\\$0")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
