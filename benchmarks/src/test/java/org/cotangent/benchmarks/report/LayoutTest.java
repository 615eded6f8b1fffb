package org.cotangent.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in Chromium: skipped on a machine that has none, or no chromedriver. */
@Tag("development")
class LayoutTest {
  @TempDir static Path folder;

  private static Optional<Browser> browser = Optional.empty();

  @BeforeAll
  static void write() throws Exception {
    browser = Browser.open();
    assumeTrue(
        browser.isPresent(),
        "there is no chromium with a chromedriver on the path; Debian: apt-get install chromium"
            + " chromium-driver");
    Files.write(page(), content().getBytes(StandardCharsets.UTF_8));
  }

  @AfterAll
  static void close() {
    browser.ifPresent(Browser::close);
  }

  private static Path page() {
    return folder.resolve("page.html");
  }

  private static String content() throws Exception {
    Path jmh = folder.resolve("jmh.json");
    Files.writeString(jmh, SourceTest.JMH);
    Path older =
        Path.of(System.getProperty("cotangent.basedir", "."), "results/amd-epyc-2-cores.json");
    return Page.of(
        List.of(
            new Source.Compared("large.json", Samples.large()),
            new Source.Compared("nasty.json", PageTest.nasty()),
            Source.read(jmh),
            Source.read(older),
            new Source.Skipped(
                "a-file-with-a-very-long-name-without-a-space.json", "x".repeat(99))));
  }

  @ParameterizedTest
  @CsvSource({"360, false", "360, true", "1280, false", "1280, true"})
  void fitsTheWindow(int width, boolean dark) {
    Browser chromium = browser.orElseThrow();
    chromium.show(page(), width, dark);
    assertEquals(List.of(), chromium.complaints());
    assertEquals((long) width, chromium.value("innerWidth"));
    assertTrue(
        (boolean)
            chromium.value(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
        "the page is wider than its window");
    // Three suites and the nasty one; one of JMH; two of the older file.
    assertEquals(7L, chromium.value("document.querySelectorAll('table').length"));
    assertTrue(
        (boolean)
            chromium.value(
                "[...document.querySelectorAll('table')].every(t => t.offsetHeight > 0)"),
        "a table is not shown");
    assertEquals(
        dark ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)",
        chromium.value("getComputedStyle(document.body).backgroundColor"));
    // Of each pair of charts the one of this ground.
    assertEquals(
        List.of(dark ? "scroll dark" : "scroll light"),
        chromium.value(
            "[...new Set([...document.querySelectorAll('svg')].filter(s => s.clientHeight > 0)"
                + ".map(s => s.parentElement.className))]"));
    assertEquals("Cotangent: benchmarks", chromium.value("document.title"));
  }
}
