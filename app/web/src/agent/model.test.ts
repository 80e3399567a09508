import { describe, expect, it } from "vitest";
import { clock, type Line, news, sections, timeline, type View, withoutMarkers } from "./model";

const line = (more: Partial<Line>): Line => ({
  id: "1",
  owner: "ann",
  owner_name: "Ann",
  channel: "",
  language: "en",
  title: "Pump",
  state: "waiting",
  agent: "",
  agent_name: "",
  mine: false,
  reason: "wish",
  state_since: "",
  until: "",
  last_message: "",
  last_message_at: "",
  unread: 0,
  ...more,
});

describe("the inbox", () => {
  it("tells apart what is mine, what waits and what others have", () => {
    const lines = [
      line({ id: "a", state: "agent", mine: true }),
      line({ id: "b" }),
      line({ id: "c", state: "agent", agent_name: "Kim" }),
    ];
    const found = sections(lines, "");
    expect([found.mine, found.waiting, found.others].map((part) => part.map((one) => one.id))).toEqual([
      ["a"],
      ["b"],
      ["c"],
    ]);
    expect(sections(lines, "KIM pump").others).toHaveLength(1);
    expect(sections(lines, "nothing").waiting).toHaveLength(0);
  });

  it("is searched by the words shown, not by identifiers", () => {
    const lines = [line({ owner_name: "visitor-d9b8ffee", reason: "wants-a-person" })];
    expect(sections(lines, "visitor d9b8 person").waiting).toHaveLength(1);
    expect(sections(lines, "d9b8ffee").waiting).toHaveLength(0);
  });

  it("notices who waits newly and who wrote", () => {
    const mine = line({ id: "a", state: "agent", mine: true });
    const told = news([mine], [{ ...mine, unread: 1 }, line({ id: "b" })]);
    expect(told.waiting.map((one) => one.id)).toEqual(["b"]);
    expect(told.written.map((one) => one.id)).toEqual(["a"]);
    expect(news([line({})], [line({})])).toEqual({ waiting: [], written: [] });
  });
});

it("puts turns and messages in the order in which they were said", () => {
  const turn = { turn_id: "t", message: "Q", answer: "A", state: "done", created_at: "2026-01-01T10:00:00Z" };
  const message = { id: 1, text: "Hi", created_at: "2026-01-01T10:01:00Z" };
  const later = { ...turn, turn_id: "u", answer: "", created_at: "2026-01-01T10:02:00Z" };
  const view = { turns: [turn, later], messages: [message] } as unknown as View;
  expect(timeline(view).map((one) => one.kind)).toEqual(["customer", "bot", "agent", "customer"]);
});

it.each([
  [0, "0:00"],
  [65, "1:05"],
  [3723, "1:02:03"],
  [-4, "0:00"],
])("shows %d seconds as %s", (seconds, shown) => {
  expect(clock(seconds)).toBe(shown);
});

it("takes the markers out of a suggestion", () => {
  expect(withoutMarkers("Nine kilos [1][2]. Two litres [3].")).toBe("Nine kilos. Two litres.");
});
