package org.cotangent.benchmarks.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.head;
import static j2html.TagCreator.header;
import static j2html.TagCreator.html;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.nav;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.section;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.style;
import static j2html.TagCreator.title;
import static j2html.TagCreator.ul;

import j2html.TagCreator;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** All results as one HTML page that needs no other file, in light and dark. */
final class Page {
  private static final String TITLE = "Cotangent: benchmarks";

  private Page() {}

  /**
   * {@return the page}
   *
   * @param sources in the order of the page; those that were skipped are named at its head
   */
  static String of(List<Source> sources) {
    List<Source.Skipped> skipped = new ArrayList<>();
    List<Source> shown = new ArrayList<>();
    for (Source source : sources) {
      if (source instanceof Source.Skipped other) {
        skipped.add(other);
      } else {
        shown.add(source);
      }
    }
    return TagCreator.document(
            html(
                    head(
                        meta().withCharset("utf-8"),
                        meta()
                            .withName("viewport")
                            .withContent("width=device-width, initial-scale=1"),
                        meta().withName("color-scheme").withContent("light dark"),
                        title(TITLE),
                        style(rawHtml(css()))),
                    body(
                        header(
                            h1(TITLE),
                            each(skipped, Page::warning),
                            iff(shown.size() > 1, contents(shown))),
                        main(each(shown, (index, source) -> part(source, index))),
                        footer(p("Written by mvn -q -Preport."))))
                .withLang("en"))
        + "\n";
  }

  private static DomContent warning(Source.Skipped file) {
    return p(strong("Left out: " + file.name()), TagCreator.text(": " + file.reason()))
        .withClass("warning");
  }

  private static DomContent contents(List<Source> shown) {
    return nav(ul(each(shown, (index, source) -> li(a(source.name()).withHref("#file" + index)))))
        .attr("aria-label", "Files");
  }

  private static DomContent part(Source source, int index) {
    String id = "file" + index;
    return section(
            h2(source.name()),
            switch (source) {
              case Source.Compared compared -> ComparisonPart.of(compared.comparison(), id);
              case Source.Jmh jmh -> JmhPart.of(jmh.results());
              case Source.Contests contests -> ContestsPart.of(contests.results());
              case Source.Skipped _ -> throw new IllegalStateException("skipped, yet shown");
            })
        .withId(id);
  }

  private static String css() {
    try (InputStream in = Page.class.getResourceAsStream("style.css")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("style.css cannot be read from the class path", e);
    }
  }
}
