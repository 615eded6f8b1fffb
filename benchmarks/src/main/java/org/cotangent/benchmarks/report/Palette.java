package org.cotangent.benchmarks.report;

import java.awt.Color;

/** Colours of a chart, the same as those of the page's style. */
enum Palette {
  /** On a light ground. */
  LIGHT(0x1F2328, 0xD8DEE4, 0x0F766E, 0xB45309),
  /** On a dark ground. */
  DARK(0xE6EDF3, 0x30363D, 0x2DD4BF, 0xF0A04B);

  private final int text;
  private final int grid;
  private final int faster;
  private final int slower;

  Palette(int text, int grid, int faster, int slower) {
    this.text = text;
    this.grid = grid;
    this.faster = faster;
    this.slower = slower;
  }

  /** {@return the colour of words and of the line at 1} */
  Color text() {
    return new Color(text);
  }

  /** {@return the colour of lines that guide the eye} */
  Color grid() {
    return new Color(grid);
  }

  /** {@return the colour of a bar at 1 or over it} */
  Color faster() {
    return new Color(faster);
  }

  /** {@return the colour of a bar under 1} */
  Color slower() {
    return new Color(slower);
  }
}
