package org.cotangent.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Paint;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.Map;
import java.util.SequencedMap;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.category.DefaultCategoryDataset;

/**
 * Draws speeds as bars to the left and right of 1. The axis is logarithmic: what is drawn are
 * logarithms to base 2, and only the labels show the speeds. So twice and half as fast are as far
 * from 1.
 */
final class Chart {
  /** Wide enough for the names of tasks beside the bars. */
  static final int WIDTH = 640;

  private static final int BAR = 28;
  private static final int AXIS = 56;
  private static final int MAX_TICKS = 8;

  /** Of the width, at most. */
  private static final double NAMES = 0.4;

  /** Of the axis, for the number at the end of a bar. */
  private static final double LABEL = 0.2;

  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);

  private Chart() {}

  /** {@return the height of a chart of so many bars} */
  static int height(int bars) {
    return AXIS + BAR * bars;
  }

  /**
   * {@return the chart}
   *
   * @param axis what the numbers are
   * @param speeds by the names of tasks, one at least, all over 0
   * @param palette its colours
   * @param ground behind it, as of a file that is shown on any ground, or transparent
   */
  static JFreeChart of(
      String axis, SequencedMap<String, Double> speeds, Palette palette, Color ground) {
    DefaultCategoryDataset bars = new DefaultCategoryDataset();
    speeds.forEach((task, speed) -> bars.addValue(log2(speed), axis, task));
    CategoryPlot plot =
        new CategoryPlot(bars, tasks(palette), speeds(axis, speeds, palette), bars(palette));
    plot.setOrientation(PlotOrientation.HORIZONTAL);
    plot.setBackgroundPaint(null);
    plot.setOutlineVisible(false);
    plot.setRangeGridlinePaint(palette.grid());
    plot.setRangeGridlineStroke(new BasicStroke(1));
    plot.setRangeZeroBaselineVisible(false);
    plot.setRangeAxisLocation(AxisLocation.BOTTOM_OR_LEFT);
    plot.addRangeMarker(new ValueMarker(0, palette.text(), new BasicStroke(1.5f)));
    JFreeChart chart = new JFreeChart(null, FONT, plot, false);
    chart.setBackgroundPaint(ground);
    chart.setPadding(new RectangleInsets(4, 4, 4, 12));
    return chart;
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static CategoryAxis tasks(Palette palette) {
    CategoryAxis axis = new CategoryAxis();
    axis.setTickLabelFont(FONT);
    axis.setTickLabelPaint(palette.text());
    axis.setAxisLineVisible(false);
    axis.setTickMarksVisible(false);
    axis.setMaximumCategoryLabelWidthRatio((float) NAMES);
    axis.setLowerMargin(0.01);
    axis.setUpperMargin(0.01);
    axis.setCategoryMargin(0.25);
    return axis;
  }

  /** From half to twice as fast at least, with room for the numbers at the bars. */
  private static NumberAxis speeds(String label, Map<String, Double> speeds, Palette palette) {
    double least = speeds.values().stream().mapToDouble(Chart::log2).min().orElse(0);
    double most = speeds.values().stream().mapToDouble(Chart::log2).max().orElse(0);
    double room = (Math.max(1, most) - Math.min(-1, least)) * LABEL;
    double from = Math.min(-1, least - room);
    double to = Math.max(1, most + room);
    NumberAxis axis = new NumberAxis(label);
    axis.setRange(from, to);
    axis.setTickUnit(new NumberTickUnit(Math.ceil((to - from) / MAX_TICKS), new Ticks()));
    axis.setLabelFont(FONT);
    axis.setLabelPaint(palette.text());
    axis.setTickLabelFont(FONT);
    axis.setTickLabelPaint(palette.text());
    axis.setAxisLineVisible(false);
    axis.setTickMarksVisible(false);
    return axis;
  }

  private static BarRenderer bars(Palette palette) {
    BarRenderer renderer = new Bars(palette);
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setDrawBarOutline(false);
    renderer.setMinimumBarLength(1);
    renderer.setDefaultItemLabelGenerator(
        new StandardCategoryItemLabelGenerator("{2}", new Speeds()));
    renderer.setDefaultItemLabelFont(FONT);
    renderer.setDefaultItemLabelPaint(palette.text());
    renderer.setDefaultItemLabelsVisible(true);
    renderer.setDefaultPositiveItemLabelPosition(
        new ItemLabelPosition(ItemLabelAnchor.OUTSIDE3, TextAnchor.CENTER_LEFT));
    renderer.setDefaultNegativeItemLabelPosition(
        new ItemLabelPosition(ItemLabelAnchor.OUTSIDE9, TextAnchor.CENTER_RIGHT));
    return renderer;
  }

  /** In the colour of its side. */
  private static final class Bars extends BarRenderer {
    private static final long serialVersionUID = 1;

    private final Palette palette;

    private Bars(Palette palette) {
      this.palette = palette;
    }

    @Override
    public Paint getItemPaint(int row, int column) {
      double value = getPlot().getDataset().getValue(row, column).doubleValue();
      return value >= 0 ? palette.faster() : palette.slower();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bars bars && palette == bars.palette && super.equals(other);
    }

    @Override
    public int hashCode() {
      return palette.hashCode();
    }
  }

  /** Shows a logarithm as what it is of, as in {@code 1.41×}. */
  private static class Speeds extends NumberFormat {
    private static final long serialVersionUID = 1;

    @Override
    public StringBuffer format(double value, StringBuffer to, FieldPosition position) {
      return to.append(Quantity.ratio(Math.pow(2, value)));
    }

    @Override
    public StringBuffer format(long value, StringBuffer to, FieldPosition position) {
      return format((double) value, to, position);
    }

    @Override
    public Number parse(String text, ParsePosition position) {
      throw new UnsupportedOperationException("labels are only written");
    }
  }

  /** Shows a whole logarithm as in {@code 4×} and {@code 1/4×}. */
  private static final class Ticks extends Speeds {
    private static final long serialVersionUID = 1;

    @Override
    public StringBuffer format(double value, StringBuffer to, FieldPosition position) {
      long power = Math.round(Math.pow(2, Math.abs(value)));
      return to.append(value < 0 ? "1/" : "").append(power).append('×');
    }
  }
}
