package org.cotangent.compile;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An element of an XML document, as the JDK's parser reads it. The parser is reached by reflection:
 * the engine's module, of which tests are a part, does without it.
 *
 * @param name of the element
 * @param attributes by name
 * @param text in it, and in elements in it
 */
record Xml(String name, Map<String, String> attributes, String text) {
  /** {@return all elements in the order in which they begin; an error if it is no XML} */
  static List<Xml> parse(String document) throws Exception {
    Class<?> makers = Class.forName("javax.xml.parsers.DocumentBuilderFactory");
    Object maker = makers.getMethod("newInstance").invoke(null);
    Object builder = call("javax.xml.parsers.DocumentBuilderFactory", maker, "newDocumentBuilder");
    Object parsed =
        Class.forName("javax.xml.parsers.DocumentBuilder")
            .getMethod("parse", InputStream.class)
            .invoke(builder, new ByteArrayInputStream(document.getBytes(StandardCharsets.UTF_8)));
    Object nodes = call("org.w3c.dom.Document", parsed, "getElementsByTagName", "*");
    List<Xml> elements = new ArrayList<>();
    for (int i = 0; i < (int) call("org.w3c.dom.NodeList", nodes, "getLength"); i++) {
      elements.add(element(call("org.w3c.dom.NodeList", nodes, "item", i)));
    }
    return elements;
  }

  private static Xml element(Object node) throws Exception {
    Map<String, String> attributes = new LinkedHashMap<>();
    Object all = call("org.w3c.dom.Node", node, "getAttributes");
    for (int i = 0; i < (int) call("org.w3c.dom.NamedNodeMap", all, "getLength"); i++) {
      Object attribute = call("org.w3c.dom.NamedNodeMap", all, "item", i);
      attributes.put(
          (String) call("org.w3c.dom.Node", attribute, "getNodeName"),
          (String) call("org.w3c.dom.Node", attribute, "getNodeValue"));
    }
    return new Xml(
        (String) call("org.w3c.dom.Node", node, "getNodeName"),
        attributes,
        (String) call("org.w3c.dom.Node", node, "getTextContent"));
  }

  private static Object call(String type, Object target, String name, Object... arguments)
      throws Exception {
    Method method =
        Stream.of(Class.forName(type).getMethods())
            .filter(m -> m.getName().equals(name) && m.getParameterCount() == arguments.length)
            .findFirst()
            .orElseThrow();
    return method.invoke(target, arguments);
  }

  /** {@return the attribute, or an empty text} */
  String attribute(String wanted) {
    return attributes.getOrDefault(wanted, "");
  }
}
