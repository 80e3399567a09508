import { expect, test } from "vitest";
import { hoursText, readHours } from "./opening";

test.each(["09:00-18:00", "09:00-12:00, 13:00-18:00", ""])("hours %j come back as they were", (text) => {
  expect(hoursText(readHours(text) ?? [])).toBe(text);
});

test("hours are read as people type them", () => {
  expect(readHours("9:00 – 12:00；13:00至18:00")).toEqual([
    { from: "09:00", until: "12:00" },
    { from: "13:00", until: "18:00" },
  ]);
});

test.each(["9-18", "all day", "09:00-"])("%j are no hours", (text) => {
  expect(readHours(text)).toBeNull();
});
