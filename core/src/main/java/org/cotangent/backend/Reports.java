package org.cotangent.backend;

import java.util.List;
import org.cotangent.error.CotangentException;

/**
 * What the kernels of a program may report. On the device each report has {@value Report#WORDS}
 * words of 64 bits, in the order of the reports; the launches that make one share them.
 *
 * @param reports of all launches, each kept once
 */
public record Reports(List<Report> reports) {
  /** Keeps each report once. */
  public Reports {
    reports = reports.stream().distinct().toList();
  }

  /** {@return how many words they have} */
  public int words() {
    return reports.size() * Report.WORDS;
  }

  /** {@return the number of the first word of a report} */
  public int word(Report report) {
    return reports.indexOf(report) * Report.WORDS;
  }

  /**
   * Throws the exception of the first report that a run has left.
   *
   * @param words all of them, as the run left them
   * @throws CotangentException if there is one
   */
  public void requireNone(long... words) {
    for (int i = 0; i < reports.size(); i++) {
      int first = i * Report.WORDS;
      if (words[first] >= 0) {
        throw reports.get(i).of(words[first], words[first + 1]);
      }
    }
  }
}
