package org.cotangent.opencl;

import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a driver says of a program it cannot build, with the source that it speaks of.
 *
 * @param log of the driver
 * @param text of the program
 */
record BuildLog(String log, String text) {
  private static final int LOG_LINES = 60;
  private static final int SOURCE_LINES = 120;

  /** Lines shown before and after one that the log names. */
  private static final int AROUND = 4;

  /** As all compilers have it: line and column after the name of the file. */
  private static final Pattern PLACE = Pattern.compile(":(\\d{1,7}):\\d+");

  /**
   * {@return the log, and the numbered lines around those that it names, or the first ones where it
   * names none; at most some 200 lines}
   */
  String excerpt() {
    List<String> lines = text.lines().toList();
    BitSet shown = shown(lines.size());
    StringBuilder excerpt = new StringBuilder();
    log.strip().lines().limit(LOG_LINES).forEach(line -> excerpt.append(line).append('\n'));
    int width = Integer.toString(lines.size()).length();
    int next = 0;
    for (int i = shown.nextSetBit(0); i >= 0; i = shown.nextSetBit(i + 1)) {
      if (i > next) {
        excerpt.append("...\n");
      }
      excerpt.append(numbered(i, width, lines.get(i)));
      next = i + 1;
    }
    if (next < lines.size()) {
      excerpt.append("...\n");
    }
    return excerpt.toString();
  }

  /** {@return the log and the whole source, numbered} */
  String whole() {
    List<String> lines = text.lines().toList();
    int width = Integer.toString(lines.size()).length();
    StringBuilder whole = new StringBuilder(log.strip()).append('\n');
    for (int i = 0; i < lines.size(); i++) {
      whole.append(numbered(i, width, lines.get(i)));
    }
    return whole.toString();
  }

  private BitSet shown(int count) {
    BitSet shown = new BitSet(count);
    Matcher places = PLACE.matcher(log);
    while (places.find() && shown.cardinality() < SOURCE_LINES - 2 * AROUND) {
      int line = Integer.parseInt(places.group(1)) - 1;
      if (line >= 0 && line < count) {
        shown.set(Math.max(0, line - AROUND), Math.min(count, line + AROUND + 1));
      }
    }
    if (shown.isEmpty()) {
      shown.set(0, Math.min(count, SOURCE_LINES));
    }
    return shown;
  }

  private static String numbered(int index, int width, String line) {
    String number = Integer.toString(index + 1);
    return " ".repeat(width - number.length()) + number + " | " + line + "\n";
  }
}
