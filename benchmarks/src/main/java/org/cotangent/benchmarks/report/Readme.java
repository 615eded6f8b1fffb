package org.cotangent.benchmarks.report;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cotangent.benchmarks.compare.Comparison;

/** The section of the README that is written from a file of results. */
public final class Readme {
  /** Where the picture lies that the section shows, as seen from the README. */
  public static final String PICTURE = "benchmarks/results/summary.svg";

  private static final String END = "<!-- end of benchmarks -->\n";
  private static final Pattern SECTION =
      Pattern.compile(
          "^<!-- benchmarks: written by (?:mvn -q -Preport -Dreadme=)?(\\S*) .*?^" + END,
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern NAME = Pattern.compile("\\w[\\w.]*(?:-[\\w.]+)*\\.json");

  private Readme() {}

  /**
   * {@return the section, markers included}
   *
   * @param file the name of the file in {@code benchmarks/results}
   * @param comparison what it holds
   */
  public static String section(String file, Comparison comparison) {
    return "<!-- benchmarks: written by mvn -q -Preport -Dreadme="
        + file
        + " -->\n\n![Cotangent's speed over that of its best peer]("
        + PICTURE
        + ")\n\n"
        + Markdown.of(comparison)
        + "\n"
        + END;
  }

  /**
   * {@return the section that there is, markers included, or empty}
   *
   * @param readme the text of the README
   */
  public static Optional<String> section(String readme) {
    Matcher matcher = SECTION.matcher(readme);
    return matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
  }

  /**
   * {@return the name of the file that the section was written from, empty if there is no section}
   *
   * @param readme the text of the README
   */
  public static Optional<String> file(String readme) {
    Matcher matcher = SECTION.matcher(readme);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /**
   * {@return the README with the section instead of the one that there is}
   *
   * @param readme its text
   * @param file the name of the file in {@code benchmarks/results}
   * @param comparison what it holds
   * @throws IllegalArgumentException if there is no section, or no such name can stand in it
   */
  public static String replace(String readme, String file, Comparison comparison) {
    if (!NAME.matcher(file).matches()) {
      throw new IllegalArgumentException(
          "readme: '" + file + "' cannot stand in a comment; name the file as in a-b-2.json");
    }
    Matcher matcher = SECTION.matcher(readme);
    if (!matcher.find()) {
      throw new IllegalArgumentException(
          "readme: README.md has no place for the table; put the lines '<!-- benchmarks: written by"
              + " ... -->' and '"
              + END.strip()
              + "' where it shall stand");
    }
    return readme.substring(0, matcher.start())
        + section(file, comparison)
        + readme.substring(matcher.end());
  }
}
