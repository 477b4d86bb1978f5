package io.github.libvirtsnapshot.xml;

/** Reads a complete document with its comments and processing instructions. */
final class CommentedXmlTree extends XmlTree {
  CommentedXmlTree(String xml) {
    super(xml);
  }

  @Override
  public void comment(char[] document, int start, int length) {
    tree.add(XmlNode.ofMarkup("!--" + new String(document, start, length) + "--"));
  }

  @Override
  public void processingInstruction(String target, String data) {
    tree.add(XmlNode.ofMarkup("?" + target + (data.isEmpty() ? "" : " " + data) + "?"));
  }
}
