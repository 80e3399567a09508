import { describe, expect, it } from "vitest";
import { match } from "./router";
import { safeNext } from "./sign_in";

describe("match", () => {
  it.each([
    ["/admin/documents/:id", "/admin/documents/a%2Fb", { id: "a/b" }],
    ["/admin/documents", "/admin/documents/", {}],
    ["/admin/*", "/admin/x/y", { rest: "x/y" }],
    ["/admin/documents", "/admin/sources", null],
    ["/admin/documents", "/admin/documents/7", null],
    ["/admin/:id", "/admin", null],
    ["/admin/:id", "/admin/%zz", { id: "%zz" }],
  ])("%s against %s", (pattern, actual, wanted) => {
    expect(match(pattern, actual)).toEqual(wanted);
  });
});

describe("safeNext", () => {
  it.each([
    ["/ask?x=1#y", "/ask?x=1#y"],
    ["//evil.example", ""],
    ["/\\evil.example", ""],
    ["https://evil.example", ""],
    ["javascript:alert(1)", ""],
    ["/\t/evil.example", ""],
    [null, ""],
  ])("%s leads to %s", (next, wanted) => {
    expect(safeNext(next)).toBe(wanted);
  });
});
