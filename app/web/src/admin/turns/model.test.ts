import { expect, test } from "vitest";
import { stages } from "./model";

test("each stage begins where the one before ended", () => {
  const shown = stages([
    { stage: "search", seconds: 1 },
    { stage: "answer", seconds: 3 },
    { stage: "total", seconds: 4 },
  ]);
  expect(shown).toEqual([
    { stage: "search", from: 0, to: 0.25, seconds: 1 },
    { stage: "answer", from: 0.25, to: 0.75, seconds: 2 },
  ]);
});

test("a turn that took no time has no share", () => {
  expect(stages([{ stage: "total", seconds: 0 }])).toEqual([{ stage: "total", from: 0, to: 0, seconds: 0 }]);
});
