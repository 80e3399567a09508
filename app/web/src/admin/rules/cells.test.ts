import { expect, test } from "vitest";
import { cellText, type Kind, readCell } from "./cells";

const CELLS: [Kind, string, unknown][] = [
  ["number", ">= 18", ">= 18"],
  ["number", "5", 5],
  ["number", "9..18", "9..18"],
  ["number", ">= 9 & < 18", { at_least: 9, below: 18 }],
  ["text", "price", "price"],
  ["text", "price; stock", ["price", "stock"]],
  ["text", "not price; stock", { not: ["price", "stock"] }],
  ["truth", "true", true],
  ["set", "angry", "angry"],
  ["set", "all a; b & none c", { all: ["a", "b"], none: ["c"] }],
  ["set", "none c", { none: ["c"] }],
  ["phrases", "opening hours; 营业时间", ["opening hours", "营业时间"]],
  ["pattern", "\\bSO-\\d; x", "\\bSO-\\d; x"],
];

test.each(CELLS)("a cell of kind %s reads %s both ways", (kind, text, value) => {
  expect(readCell(kind, text)).toEqual(value);
  expect(cellText(kind, value)).toBe(text);
});

test("an empty cell asks nothing", () => {
  expect(readCell("number", "  ")).toBeUndefined();
  expect(cellText("set", undefined)).toBe("");
});

test("phrases of several languages are one list", () => {
  expect(cellText("phrases", { en: ["hi", "hello"], zh: ["你好"] })).toBe("hi; hello; 你好");
});
