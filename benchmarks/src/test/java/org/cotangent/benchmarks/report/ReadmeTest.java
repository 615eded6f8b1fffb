package org.cotangent.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cotangent.benchmarks.compare.Comparison;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadmeTest {
  private static final Path MODULE = Path.of(System.getProperty("cotangent.basedir", "."));

  private static final String EMPTY =
      "# One\n\n<!-- benchmarks: written by ... -->\n<!-- end of benchmarks -->\n\nTwo\n";

  /** What the README says was measured is what the file holds; there may be no such section yet. */
  @Tag("development")
  @Test
  void theReadmeSaysWhatWasMeasured() throws IOException {
    String readme = Files.readString(MODULE.resolve("../README.md"));
    Optional<String> section = Readme.section(readme);
    if (section.isPresent()) {
      String name = Readme.file(readme).orElseThrow();
      switch (Source.read(MODULE.resolve("results").resolve(name))) {
        case Source.Compared compared ->
            assertEquals(
                Readme.section(name, compared.comparison()),
                section.get(),
                "write it again: mvn -q -Preport -Dreadme=" + name);
        case Source other -> throw new AssertionError("no comparison: " + other);
      }
      assertTrue(Files.exists(MODULE.resolve("..").resolve(Readme.PICTURE)), "no picture");
    } else {
      assertTrue(!readme.contains("<!-- benchmarks:"), "a section without its end");
    }
  }

  @Test
  void theSectionIsReplacedAndTheRestKept() {
    Comparison comparison = Samples.small();
    String once = Readme.replace(EMPTY, "a-2.json", comparison);
    assertEquals("# One\n\n" + Readme.section("a-2.json", comparison) + "\nTwo\n", once);
    assertTrue(once.contains("\n| `Matmul 100` |"), once);
    assertEquals(Optional.of("a-2.json"), Readme.file(once));
    assertEquals(once, Readme.replace(once, "a-2.json", comparison));
    assertEquals(Optional.of(Readme.section("a-2.json", comparison)), Readme.section(once));
  }

  @Test
  void aReadmeWithoutAPlaceIsRefused() {
    assertEquals(Optional.empty(), Readme.section("# One\n"));
    assertEquals(
        "readme: README.md has no place for the table; put the lines '<!-- benchmarks: written by"
            + " ... -->' and '<!-- end of benchmarks -->' where it shall stand",
        assertThrows(
                IllegalArgumentException.class,
                () -> Readme.replace("# One\n", "a.json", Samples.small()))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a--b.json", "a>.json", "a b.json", "a-.json", "a.txt", ""})
  void namesThatEndACommentAreRefused(String name) {
    assertThrows(
        IllegalArgumentException.class, () -> Readme.replace(EMPTY, name, Samples.small()));
  }
}
