import { describe, expect, it } from "vitest";
import { compareLines, fold } from "./diff_lines";
import { toggled } from "./table_selection";
import { rowsInSight } from "./table_window";

describe("compareLines", () => {
  it("numbers lines on both sides and marks the words that changed", () => {
    const lines = compareLines("a\nprice 10\nz\n", "a\nprice 12\nnew\nz\n");
    expect(lines.map((line) => [line.kind, line.before, line.after])).toEqual([
      ["same", 1, 1],
      ["removed", 2, undefined],
      ["added", undefined, 2],
      ["added", undefined, 3],
      ["same", 3, 4],
    ]);
    expect(lines[2]?.parts.filter((part) => part.changed).map((part) => part.text)).toEqual(["12"]);
  });

  it("folds long runs of equal lines and loses none", () => {
    const text = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const lines = compareLines(text.join("\n"), text.with(25, "other").join("\n"));
    const pieces = fold(lines, 3);
    expect(pieces.filter((piece) => "folded" in piece)).toHaveLength(2);
    expect(pieces.flatMap((piece) => ("folded" in piece ? piece.folded : [piece]))).toEqual(lines);
  });
});

describe("a table", () => {
  it("keeps the height of the whole list whatever is in sight", () => {
    for (const top of [0, 5000, 369_000, 900_000]) {
      const seen = rowsInSight(10_000, 37, top, 400);
      expect(seen.before + (seen.to - seen.from) * 37 + seen.after).toBe(370_000);
      expect(seen.to - seen.from).toBeLessThan(60);
    }
  });

  it("gives a range the state of the row that was pressed with Shift", () => {
    const keys = ["a", "b", "c", "d"];
    const some = toggled(keys, new Set(["b"]), 3, 1);
    expect([...some].sort()).toEqual(["b", "c", "d"]);
    expect([...toggled(keys, some, 1, 3)]).toEqual([]);
    expect([...toggled(keys, new Set(), 2, undefined)]).toEqual(["c"]);
  });
});
