import { expect, test } from "vitest";
import { customerName, reasonWords } from "./words";

test("a visitor is told apart by a few characters, others by their name", () => {
  expect(customerName("visitor-d9b807dec0da")).toMatch(/ d9b8$/);
  expect(customerName("Lea Brandt")).toBe("Lea Brandt");
  expect(customerName("")).not.toBe("");
});

test("a reason reads as words, a rule of one's own as its name", () => {
  expect(reasonWords("wants-a-person")).not.toBe("wants-a-person");
  expect(reasonWords("vip-first")).toBe("vip-first");
});
