package io.github.libvirtsnapshot.revert;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import javax.xml.xpath.XPathNodes;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** An element of XML that libvirt wrote, asked by XPath. */
record XmlNode(Element element) {
  /**
   * Reads a document.
   *
   * @throws IllegalStateException if that is no XML
   */
  static XmlNode parse(String xml) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      var builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return new XmlNode(
          builder.parse(new InputSource(new StringReader(xml))).getDocumentElement());
    } catch (SAXException | IOException e) {
      throw new IllegalStateException("libvirt described something in broken XML: " + xml, e);
    } catch (ParserConfigurationException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the text of the first node at this path, empty if there is none. */
  String text(String path) {
    return evaluate(path, String.class);
  }

  /** Returns all elements at this path. */
  List<XmlNode> all(String path) {
    List<XmlNode> found = new ArrayList<>();
    for (Node node : evaluate(path, XPathNodes.class)) {
      found.add(new XmlNode((Element) node));
    }
    return found;
  }

  private <T> T evaluate(String path, Class<T> type) {
    try {
      return XPathFactory.newDefaultInstance().newXPath().evaluateExpression(path, element, type);
    } catch (XPathExpressionException e) {
      throw new IllegalArgumentException(path, e);
    }
  }
}
