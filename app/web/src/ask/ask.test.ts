import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../lib/markdown";
import { around, drawMarks, recordOf, withMarks } from "./evidence";
import { afterEvent, byDay, type Citation, newTurn, wholeTurn, withSources } from "./model";

const nothing = { sources: [], since: null };
const cited = (marker: number, document_id = "a"): Citation => ({
  ...{ marker, document_id, title: `T${document_id}`, url: "", version: 1, quote: "24  months", start: 0, end: 1 },
  ...{ page: 2, heading: "Warranty", source: "files", key: "k" },
});

describe("a turn that streams", () => {
  it("adds deltas up, takes a replacement, and ends as the last event says", () => {
    let turn = newTurn("q", nothing);
    const events: [string, unknown][] = [
      ["turn", { turn_id: "t1" }],
      ["sources", { sources: [{}, {}], as_of: { erp: "x" } }],
      ["delta", { text: "a" }],
      ["delta", { text: "b" }],
    ];
    for (const [name, data] of events) turn = afterEvent(turn, name, data, "t1.1").turn;
    expect([turn.answer, turn.turn_id, turn.found, turn.lastEventId]).toEqual(["ab", "t1", 2, "t1.1"]);
    expect(afterEvent(turn, "replace", { text: "c" }, "t1.5").turn.answer).toBe("c");
    const done = afterEvent(turn, "done", { answer: "ab [1]", decision: "answered", citations: [cited(1)] }, "t1.6");
    expect([done.isOver, done.turn.state, done.turn.citations.length]).toEqual([true, "done", 1]);
    expect(afterEvent(turn, "cancelled", {}, "t1.6")).toMatchObject({ isOver: true, turn: { state: "cancelled" } });
  });

  it("begins anew when it is replayed from its first event", () => {
    const turn = { ...newTurn("q", nothing), answer: "half" };
    expect(afterEvent(turn, "turn", { turn_id: "t" }, "t.1").turn.answer).toBe("");
  });

  it("has every list even where the API left some out", () => {
    expect(wholeTurn({ message: "m", options: undefined }).options).toEqual([]);
  });
});

describe("lists", () => {
  it("groups conversations by day", () => {
    const now = new Date(2026, 4, 20, 15);
    const at = (day: number, hour: number) => ({ updated_at: new Date(2026, 4, day, hour).toISOString() });
    const groups = byDay([at(20, 1), at(19, 23), at(14, 1), at(1, 1)], now).map(([day]) => day);
    expect(groups).toEqual(["today", "yesterday", "week", "month"]);
  });

  it("copies an answer with its citations", () => {
    const turn = wholeTurn({ answer: "Two years [1].", citations: [cited(1)] });
    expect(withSources(turn, "Sources")).toContain("[1] Ta (Warranty, p. 2): “24 months”");
  });
});

describe("a record", () => {
  const text = "# Tank (T-1)\n\nHolds water.\n\n- Price: 9 EUR, 70 CNY\n- Status: open, labels: a, b\n";

  it("is shown as fields with the cited one marked", () => {
    const start = text.indexOf("labels");
    const view = recordOf(text, { start, end: start + 9 });
    expect(view?.title).toBe("Tank (T-1)");
    expect(view?.entries.map((entry) => [entry.label, entry.value, entry.cited])).toEqual([
      ["Price", "9 EUR, 70 CNY", false],
      ["Status", "open", false],
      ["labels", "a, b", true],
    ]);
    expect(view?.prose).toEqual([{ text: "Holds water.", cited: false }]);
  });

  it("of a ticket is a thread", () => {
    const thread =
      "# T-1: leak\n\n2026-01-02 10:00 Li Na (customer): It leaks.\nA lot.\n\n2026-01-02 11:00 Jo (Tassberg): Close it.";
    const start = thread.indexOf("Close");
    const posts = recordOf(thread, { start, end: start + 5 })?.posts;
    expect(posts?.map((post) => [post.author, post.isCustomer, post.cited])).toEqual([
      ["Li Na", true, false],
      ["Jo", false, true],
    ]);
  });

  it("is none where the text is prose", () => {
    expect(recordOf("Just words.\n\nMore: words.", { start: 0, end: 1 })).toBeNull();
  });
});

describe("the mark in a text", () => {
  const drawn = (text: string, quote: string) => {
    const start = text.indexOf(quote);
    const place = document.createElement("div");
    place.innerHTML = renderMarkdown(withMarks(text, { start, end: start + quote.length }));
    drawMarks(place);
    return place;
  };

  it("covers words over elements", () => {
    const place = drawn("A **bold** word here.", "**bold** word");
    expect([...place.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["bold", " word"]);
  });

  it("leaves headings, lists and tables what they are", () => {
    expect(drawn("# Title\n\ntext", "# Title").querySelector("h1 mark")?.textContent).toBe("Title");
    const table = drawn("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "| 1 | 2 |");
    expect([...table.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["1", "2"]);
    expect(table.querySelectorAll("td").length).toBe(4);
  });

  it("shows a long text only around it", () => {
    const text = `${"x\n\n".repeat(9000)}quote${"\n\ny".repeat(9000)}`;
    const start = text.indexOf("quote");
    const part = around(text, { start, end: start + 5 });
    expect(part.isPart).toBe(true);
    expect(part.text.slice(part.cited.start, part.cited.end)).toBe("quote");
  });
});
