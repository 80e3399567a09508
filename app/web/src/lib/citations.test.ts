import { expect, it } from "vitest";
import { grouped, numbers } from "./citations";

it("gathers what stands in the same document, in the order of the first", () => {
  const cited = (marker: number, document: string) => ({ marker, document });
  const groups = grouped([cited(1, "a"), cited(2, "b"), cited(3, "a")], (one) => one.document);
  expect(groups.map((group) => group.map((one) => one.marker))).toEqual([[1, 3], [2]]);
});

it("writes many numbers in short", () => {
  expect([numbers([]), numbers([1, 3]), numbers([1, 2, 3, 6])]).toEqual(["", "1 3", "1–6"]);
});
