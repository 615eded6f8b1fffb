package org.cotangent.benchmarks.report;

import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.iff;
import static j2html.TagCreator.small;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.util.List;
import java.util.Map;

/** What the parts of the page are made of. */
final class Parts {
  private Parts() {}

  /** {@return names and values, without those that are empty} */
  static DomContent facts(Map<String, ?> facts) {
    return dl(
        each(
            List.copyOf(facts.entrySet()),
            fact ->
                iff(
                    !Text.value(fact.getValue()).isEmpty(),
                    div(dt(Text.plain(fact.getKey())), dd(Text.value(fact.getValue()))))));
  }

  /**
   * {@return a table in a box that scrolls by itself}
   *
   * @param caption for those who cannot see it
   * @param heads of the columns
   * @param rows the elements {@code tr}
   */
  static DomContent table(String caption, List<String> heads, List<? extends DomContent> rows) {
    return div(j2html.TagCreator.table(
            thead(tr(each(heads, head -> th(head).attr("scope", "col")))),
            tbody(each(rows, row -> row))))
        .withClass("scroll")
        .attr("role", "region")
        .attr("aria-label", caption)
        .attr("tabindex", "0");
  }

  /** {@return a row that begins with its name} */
  static DomContent row(String name, List<? extends DomContent> cells) {
    return tr(th(Text.plain(name)).attr("scope", "row"), each(cells, cell -> cell));
  }

  /** {@return a cell of a figure, and what is to be said of it in a line below} */
  static TdTag cell(String figure, String detail) {
    return detail.isEmpty() ? td(figure) : td(j2html.TagCreator.text(figure), small(detail));
  }

  /** {@return a cell of words} */
  static TdTag words(String text) {
    return td(Text.plain(text)).withClass("words");
  }

  /** {@return a cell where there is nothing to say} */
  static TdTag nothing() {
    return td("–").withClass("nothing");
  }
}
