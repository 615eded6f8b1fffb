package org.cotangent.benchmarks.digits;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws loss and accuracy by epoch as a PNG, each with an axis in its own colour. */
final class Curve {
  private static final Color LOSS = new Color(0xD1495B);
  private static final Color ACCURACY = new Color(0x00798C);
  private static final Color TEXT = new Color(0x33383D);
  private static final Color GRID = new Color(0xE6E8EA);

  private Curve() {}

  static void save(Path file, List<Epoch> epochs) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(960)
            .height(540)
            .title("Handwritten digits")
            .xAxisTitle("epoch")
            .build();
    chart.setYAxisGroupTitle(0, "training loss");
    chart.setYAxisGroupTitle(1, "test accuracy");
    style(chart.getStyler());
    double[] x = IntStream.rangeClosed(1, epochs.size()).asDoubleStream().toArray();
    line(chart, "training loss", x, epochs.stream().mapToDouble(Epoch::loss).toArray(), 0, LOSS);
    line(
        chart,
        "test accuracy",
        x,
        epochs.stream().mapToDouble(Epoch::accuracy).toArray(),
        1,
        ACCURACY);
    ChartEncoder.saveChart(chart, file.toString(), "png");
  }

  private static void line(
      XYChart chart, String name, double[] x, double[] y, int axis, Color color) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setYAxisGroup(axis);
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(SeriesMarkers.NONE);
    chart.getStyler().setYAxisGroupTitleColor(axis, color);
    chart.getStyler().setYAxisGroupTickLabelsColorMap(axis, color);
  }

  private static void style(XYStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartFontColor(TEXT);
    styler.setChartPadding(18);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
    styler.setPlotBorderVisible(false);
    styler.setLegendVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setPlotContentSize(0.96);
    styler.setYAxisMin(0, 0.0);
    styler.setYAxisMax(1, 1.0);
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setAxisTicksLineVisible(false);
    styler.setXAxisTickMarkSpacingHint(120);
    styler.setYAxisTickMarkSpacingHint(60);
    styler.setDecimalPattern("0.###");
    styler.setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
  }
}
