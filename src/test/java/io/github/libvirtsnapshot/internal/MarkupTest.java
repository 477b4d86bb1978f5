package io.github.libvirtsnapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MarkupTest {
  @Test
  void textAndAttributesAreEscaped() {
    assertEquals(
        "<p title=\"&quot;&gt;&lt;script&gt;\\t\">&lt;/p&gt; &amp;amp; \\u202e \\ufffe</p>",
        new Markup("")
            .open("p")
            .with("title", "\"><script>\t")
            .text("</p> &amp; \u202e \ufffe")
            .close()
            .toString());
  }

  @Test
  void elementsAreNestedAndClosed() {
    assertEquals(
        "<!DOCTYPE html>\n<a><b>1</b>\n<c x=\"2\"/></a>",
        new Markup("<!DOCTYPE html>\n")
            .open("a")
            .element("b", "1")
            .newLine()
            .open("c")
            .with("x", 2)
            .closeEmpty()
            .close()
            .toString());
  }

  @Test
  void attributeAfterContentIsRejected() {
    Markup markup = new Markup("").open("a").text("");

    assertThrows(IllegalStateException.class, () -> markup.with("x", 1));
    assertThrows(IllegalStateException.class, markup::closeEmpty);
  }

  @Test
  void styleWithMarkupIsRejected() {
    Markup markup = new Markup("").open("head");

    assertEquals("<head><style>p { }</style></head>", markup.style("p { }").close().toString());
    for (String css : new String[] {"a>b", "</style", "&"}) {
      assertThrows(IllegalArgumentException.class, () -> markup.style(css));
    }
  }
}
