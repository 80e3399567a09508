import { expect, test } from "vitest";
import { actionsOf, asFile, columnsFor, type Fact, freeName, readActions, writeActions } from "./model";

const FILE = { tables: [{ table: "t", stage: "before" as const, rules: [{ rule: "late" }, { rule: "late-2" }] }] };

test.each([
  [[{ block: { en: "No.", zh: "不。" } }]],
  [[{ hand_over: true }]],
  [[{ mask: ["email", "phone"] }, { warn: "late" }]],
  [[{ require: { slot: "order", text: { en: "Which?", zh: "哪个？" } } }]],
  [[{ require: "order" }]],
])("actions %j come back as they were", (then) => {
  expect(writeActions(readActions(then))).toEqual(then);
});

test("a copy gets a name that is free", () => {
  expect(freeName(FILE, "late")).toBe("late-3");
  expect(freeName(FILE, "early")).toBe("early");
});

test("answers are asked about only after the search", () => {
  expect(columnsFor("before", [])).toEqual(["says", "matches"]);
  expect(columnsFor("after", [])).toContain("answer_says");
});

test("of a greeting only who, where and when is known", () => {
  const fact = { kind: "number", meaning: "", example: 1, derived: false, values: [] } as const;
  const facts = [
    { ...fact, name: "hour", stage: "greeting" },
    { ...fact, name: "length", stage: "before" },
  ] as unknown as Fact[];
  expect(columnsFor("greeting", facts)).toEqual(["hour"]);
  expect(columnsFor("before", facts)).toEqual(["says", "matches", "hour", "length"]);
  expect(actionsOf("greeting")).toEqual(["answer", "closed"]);
});

test("only tables of rules are a grid", () => {
  expect(asFile(FILE)).toBe(FILE);
  expect(asFile({ tables: [{ rules: 1 }] })).toBeNull();
  expect(asFile({})).toBeNull();
});
