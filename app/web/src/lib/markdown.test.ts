import { describe, expect, it } from "vitest";
import { renderMarkdown } from "./markdown";

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:x)",
  "[x](file:///etc/passwd)",
  "![x](https://evil.example/p.png)",
  "![x][r]\n\n[r]: https://evil.example/p.png",
  '<https://a.example/"onmouseover=alert(1)>',
  "`<svg onload=alert(1)>`",
  '[x](https://a.example "\\"><script>alert(1)</script>")',
];

describe("renderMarkdown", () => {
  it.each(HOSTILE)("lets nothing run or load: %s", (text) => {
    const holder = document.createElement("div");
    holder.innerHTML = renderMarkdown(text, { markers: true });
    expect(holder.querySelectorAll("script, img, svg, iframe, style, object").length).toBe(0);
    for (const element of holder.querySelectorAll("*")) {
      expect([...element.attributes].filter((attribute) => attribute.name.startsWith("on"))).toEqual([]);
      if (element instanceof HTMLAnchorElement) expect(element.getAttribute("href")).toMatch(/^(https?:|mailto:)/);
    }
  });

  it("opens links elsewhere without telling where from", () => {
    expect(renderMarkdown("[a](https://a.example)")).toContain('target="_blank" rel="noopener noreferrer nofollow"');
  });

  it("makes buttons of markers, and leaves links and code alone", () => {
    const html = renderMarkdown("Yes [1][12]. [2](https://a.example) `a[3]`", { markers: true });
    expect(html.match(/data-marker="(\d+)"/g)).toEqual(['data-marker="1"', 'data-marker="12"']);
    expect(renderMarkdown("Yes [1].")).toContain("[1]");
  });
});
