package org.cotangent.benchmarks.report;

import java.awt.geom.Rectangle2D;
import java.io.StringWriter;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.jfree.chart.JFreeChart;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Charts as SVG whose words stay words. */
final class Svg {
  private static final String NAMESPACE = "http://www.w3.org/2000/svg";

  private Svg() {}

  /**
   * {@return the element {@code svg}, which scales to the width of what it stands in}
   *
   * @param chart to draw
   * @param height in units of which it is {@link Chart#WIDTH} wide
   * @param words for those who cannot see it
   * @param id begins the ids in it; no other picture of the page may have the same
   * @throws ParserConfigurationException if the JDK has no XML
   * @throws TransformerException if it cannot be written
   */
  static String of(JFreeChart chart, int height, String words, String id)
      throws ParserConfigurationException, TransformerException {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .getDOMImplementation()
            .createDocument(NAMESPACE, "svg", null);
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
    context.setComment("");
    context.setIDGenerator(new Ids(id));
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    chart.draw(graphics, new Rectangle2D.Double(0, 0, Chart.WIDTH, height));
    Element root = graphics.getRoot();
    graphics.dispose();
    root.setAttribute("viewBox", "0 0 " + Chart.WIDTH + " " + height);
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", words);
    dropIdOfDefinitions(root);
    return text(root);
  }

  /** Batik gives its own definitions the same id in each picture, and never asks for it. */
  private static void dropIdOfDefinitions(Element root) {
    for (var child = root.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element && element.getAttribute("id").equals("genericDefs")) {
        element.removeAttribute("id");
      }
    }
  }

  private static String text(Element root) throws TransformerException {
    Transformer transformer = TransformerFactory.newInstance().newTransformer();
    transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    StringWriter text = new StringWriter();
    transformer.transform(new DOMSource(root), new StreamResult(text));
    return text.toString();
  }

  /** Ids that begin alike. */
  private static final class Ids extends SVGIDGenerator {
    private final String start;

    private Ids(String start) {
      this.start = start;
    }

    @Override
    public String generateID(String prefix) {
      return super.generateID(start + "-" + prefix);
    }
  }
}
