import { describe, expect, it } from "vitest";
import { format, inline, safeUrl } from "./formatter";

describe("the formatter of answers", () => {
  it("makes paragraphs, lists, bold and markers", () => {
    expect(format("**Price**: 899 EUR [1]\n\n- one\n- two\n\n1. first\n2. second")).toEqual([
      {
        kind: "paragraph",
        lines: [
          [
            { kind: "bold", text: "Price" },
            { kind: "text", text: ": 899 EUR " },
            { kind: "marker", number: 1 },
          ],
        ],
      },
      { kind: "list", ordered: false, items: [[{ kind: "text", text: "one" }], [{ kind: "text", text: "two" }]] },
      { kind: "list", ordered: true, items: [[{ kind: "text", text: "first" }], [{ kind: "text", text: "second" }]] },
    ]);
  });

  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "&lt;b&gt;",
  ])("leaves %s as text, without an image", (text) => {
    const pieces = inline(text);
    expect(pieces.every((piece) => piece.kind === "text" || piece.kind === "link")).toBe(true);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert)",
    "[x](data:text/html,x)",
    "[x](//evil.example)",
    "[x](/admin)",
    "[x](https://user:pass@evil.example)",
  ])("makes no link of %s", (text) => {
    expect(inline(text).some((piece) => piece.kind === "link")).toBe(false);
  });

  it("links http and https, and leaves the full stop outside", () => {
    expect(inline("See https://a.example/b. Or [this](http://c.example/d)")).toEqual([
      { kind: "text", text: "See " },
      { kind: "link", text: "https://a.example/b", url: "https://a.example/b" },
      { kind: "text", text: "." },
      { kind: "text", text: " Or " },
      { kind: "link", text: "this", url: "http://c.example/d" },
    ]);
    expect(inline("见https://a.example/b。")[1]).toMatchObject({ text: "https://a.example/b" });
    expect(safeUrl("https://a.example")).toBe("https://a.example/");
  });
});
