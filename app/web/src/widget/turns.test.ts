import { describe, expect, it } from "vitest";
import { type Answer, afterEvent, emptyAnswer, fromTranscript, isLast, standingOf, theirs } from "./turns";

const START = emptyAnswer("key", "2026-11-27T08:00:00Z");

describe("an answer that is streamed", () => {
  it("grows by deltas, is replaced where a rule says so, and ends with the whole document", () => {
    let answer: Answer = START;
    for (const [event, data] of [
      ["turn", { turn_id: "t1", conversation_id: "c1" }],
      ["sources", { sources: [] }],
      ["delta", { text: "The " }],
      ["delta", { text: "price" }],
    ] as const)
      answer = afterEvent(answer, event, data);
    expect(answer).toMatchObject({ id: "t1", text: "The price", state: "writing" });
    answer = afterEvent(answer, "replace", { text: "No." });
    expect(answer.text).toBe("No.");
    const citation = { marker: 1, title: "T", url: "https://a.example", quote: "q" };
    answer = afterEvent(answer, "done", { answer: "Yes [1]", decision: "answered", citations: [citation] });
    expect(answer).toMatchObject({ state: "done", text: "Yes [1]", sources: [citation], options: [], slot: null });
  });

  it("knows options and the slot that is asked for", () => {
    const done = afterEvent(START, "done", {
      answer: "Which?",
      decision: "clarify",
      options: ["a", "b", 3],
      slot: { name: "order_number", kind: "pattern" },
    });
    expect(done).toMatchObject({ options: ["a", "b"], slot: { name: "order_number", kind: "pattern" } });
  });

  it.each(["interrupted", "cancelled", "failed"])("is broken by %s, and keeps its words", (event) => {
    const broken = afterEvent({ ...START, text: "half" }, event, {});
    expect(broken).toMatchObject({ state: "broken", text: "half" });
    expect(isLast(event)).toBe(true);
  });

  it("survives whatever is not what was agreed", () => {
    expect(afterEvent(START, "done", { citations: "x", options: null, slot: 1 })).toMatchObject({ sources: [] });
    expect(afterEvent(START, "delta", {}).text).toBe("");
    expect(afterEvent(START, "news", { text: "x" })).toBe(START);
  });
});

describe("a transcript", () => {
  it("is shown in the order of time, with people's words between, and an answer in the making at its end", () => {
    const items = fromTranscript({
      turns: [
        { turn_id: "a", message: "hi", state: "done", answer: "hello", created_at: "2026-11-27T08:00:00Z" },
        { turn_id: "b", message: "a person", state: "done", answer: "", created_at: "2026-11-27T08:01:00Z" },
        { turn_id: "c", message: "more", state: "running", created_at: "2026-11-27T08:03:00Z" },
      ],
      messages: [{ id: 7, role: "agent", author: "ben", text: "I am here", created_at: "2026-11-27T08:02:00Z" }],
    });
    expect(items.map((item) => [item.kind, item.text])).toEqual([
      ["mine", "hi"],
      ["answer", "hello"],
      ["mine", "a person"],
      ["theirs", "I am here"],
      ["mine", "more"],
      ["answer", ""],
    ]);
    expect(items.at(-1)).toMatchObject({ id: "c", state: "writing" });
  });

  it("names a message the same whether it came live or was read", () => {
    expect(theirs({ id: 7 }).id).toBe(theirs({ message_id: 7 }).id);
    expect(standingOf({ state: "agent", agent: { name: "Ben" } })).toEqual({
      state: "agent",
      position: 0,
      agent: "Ben",
    });
    expect(standingOf({ state: "waiting", position: 2, agent: null })).toMatchObject({ position: 2, agent: "" });
  });
});
