import { expect, test } from "vitest";
import { begin, redo, step, undo } from "./history";

test("what was undone can be done again until something else is done", () => {
  const two = step(step(begin("a"), "b"), "c");
  expect(undo(undo(two)).now).toBe("a");
  expect(redo(undo(two)).now).toBe("c");
  expect(redo(step(undo(two), "d")).now).toBe("d");
  expect(undo(begin("a")).now).toBe("a");
});
