package io.github.libvirtsnapshot.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.util.Base64;

/** The style sheet of a page, and the policy that lets a browser apply nothing but that. */
final class ReportStyle {
  static final String CSS =
      """

      :root {
        --paper: #ffffff; --card: #f6f8fa; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
        --link: #0550ae;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --paper: #14171a; --card: #1d2126; --ink: #e8eaed; --faint: #a5adb8; --line: #3a424b;
          --link: #7db8f0;
        }
      }
      body {
        margin: 0 auto; padding: 1rem 1.5rem 4rem; max-width: 90rem; color: var(--ink);
        background: var(--paper); font: 15px/1.45 system-ui, sans-serif;
      }
      h1 { font-size: 1.6rem; margin: 0.5rem 0; }
      h2 { font-size: 1.2rem; margin: 2rem 0 0.3rem; }
      h3 { font-size: 1rem; margin: 0; }
      p, .message { margin: 0.3rem 0; max-width: 70rem; }
      a { color: var(--link); }
      :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
      h1, h3, p, li, dd, article { overflow-wrap: anywhere; }
      .note, dt { color: var(--faint); }
      article {
        margin: 0.6rem 0; padding: 0.7rem 1rem; border: 1px solid var(--line);
        border-radius: 6px; background: var(--card);
      }
      dl {
        display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 0.15rem 1rem;
        margin: 0.4rem 0;
      }
      dd { margin: 0; }
      ul { margin: 0.3rem 0; padding-left: 1.3rem; }
      table { border-collapse: collapse; margin: 0.5rem 0; }
      th, td {
        padding: 0.3rem 1.2rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: left;
        vertical-align: top; font-weight: normal; min-width: 5rem;
      }
      thead th { color: var(--faint); white-space: nowrap; }
      .time { white-space: nowrap; }
      td.number { text-align: right; }
      .scroll { overflow-x: auto; }
      .host { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
      .host[open] { padding-bottom: 1rem; }
      summary { cursor: pointer; }
      .host summary svg { display: block; max-width: 100%; margin: 0.3rem 0 0 1.1rem; }
      .host[open] summary svg { display: none; }
      svg { background: var(--card); }
      """;

  /** The hash admits the style sheet only; everything else of the page is text and shapes. */
  static final String POLICY =
      "default-src 'none'; style-src 'sha256-"
          + Base64.getEncoder().encodeToString(Hashing.sha256().hashString(CSS, UTF_8).asBytes())
          + "'; base-uri 'none'; form-action 'none'";

  private ReportStyle() {}
}
