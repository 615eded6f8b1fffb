package org.cotangent.benchmarks.report;

import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import org.cotangent.benchmarks.compare.Comparison.Participant;
import org.cotangent.benchmarks.compare.Comparison.Work;

/** Our speed over that of the best peer as a picture. */
final class Speeds {
  private static final Color TRANSPARENT = new Color(0, true);

  /** By the names of the tasks; only those that peers do too. */
  private final SequencedMap<String, Double> medians = new LinkedHashMap<>();

  private final String words;

  /**
   * Of some tasks.
   *
   * @param scores of the comparison
   * @param participant one of ours
   * @param tasks of the comparison
   * @param names short ones
   */
  Speeds(Scores scores, Participant participant, List<Work> tasks, Function<Work, String> names) {
    for (Work task : tasks) {
      scores
          .speed(task, participant)
          .ifPresent(speed -> medians.put(names.apply(task), speed.median()));
    }
    words = "speed of " + Text.plain(scores.name(participant)) + " over its best peer, × (median)";
  }

  /** {@return whether there is nothing to draw} */
  boolean isEmpty() {
    return medians.isEmpty();
  }

  /** {@return a picture for a page's own ground} */
  String svg(Palette palette, String id) throws ParserConfigurationException, TransformerException {
    return svg(palette, TRANSPARENT, id);
  }

  /** {@return a picture on white, for a file of its own} */
  String file() throws ParserConfigurationException, TransformerException {
    return svg(Palette.LIGHT, Color.WHITE, "summary") + "\n";
  }

  private String svg(Palette palette, Color ground, String id)
      throws ParserConfigurationException, TransformerException {
    int height = Chart.height(medians.size());
    return Svg.of(Chart.of(words, medians, palette, ground), height, words, id);
  }
}
