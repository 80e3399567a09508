import { afterEach, describe, expect, it, vi } from "vitest";
import type { ApiError } from "./errors";
import { openStream } from "./sse";

interface Sent {
  headers: Record<string, string>;
  body: unknown;
}

/** A server that answers each connection with the next of `answers`, and what it was sent. */
function serve(...answers: (() => Response | Promise<Response>)[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    sent.push({ headers: init.headers as Record<string, string>, body: init.body });
    const answer = answers[sent.length - 1];
    if (!answer) throw new TypeError("no connection");
    return answer();
  });
  return sent;
}

const events = (text: string) => () => new Response(text, { headers: { "Content-Type": "text/event-stream" } });
const problem = (status: number) => () =>
  new Response(JSON.stringify({ status }), { status, headers: { "Content-Type": "application/problem+json" } });

/** Ask, and wait until the stream is over: the events and the error. */
function ask(wake: boolean): Promise<{ seen: string[]; error?: ApiError }> {
  const seen: string[] = [];
  return new Promise((resolve) => {
    let error: ApiError | undefined;
    openStream("/v1/chat", {
      method: "POST",
      body: { message: "hello" },
      onEvent: (event, data, id) => {
        seen.push(`${id} ${event} ${JSON.stringify(data)}`);
        return event === "done";
      },
      onError: (found) => {
        error = found;
      },
      onState: (state) => {
        if (state === "closed") resolve({ seen, error });
        if (state === "waiting" && wake) setTimeout(() => window.dispatchEvent(new Event("online")));
      },
    });
  });
}

afterEach(() => vi.unstubAllGlobals());

describe("openStream", () => {
  it("goes on behind the last event after the connection was lost, without sending the message again", async () => {
    const sent = serve(
      events('id: a:1\nevent: turn\ndata: 1\n\nid: a:2\nevent: delta\ndata: "x"\n\n'),
      events("id: a:3\nevent: done\ndata: {}\n\n"),
    );
    expect((await ask(true)).seen).toEqual(["a:1 turn 1", 'a:2 delta "x"', "a:3 done {}"]);
    expect(sent[0]?.body).toBe('{"message":"hello"}');
    expect(sent[1]?.headers["Last-Event-ID"]).toBe("a:2");
    expect(sent[1]?.body).toBeUndefined();
  });

  it("sends the message again under the same key when no event had come", async () => {
    const sent = serve(() => Promise.reject(new TypeError("lost")), events("id: a:1\nevent: done\ndata: {}\n\n"));
    await ask(true);
    expect(sent[1]?.body).toBe(sent[0]?.body);
    expect(sent[1]?.headers["Idempotency-Key"]).toBe(sent[0]?.headers["Idempotency-Key"]);
  });

  it("ends with the error when waiting would not mend it", async () => {
    serve(problem(422));
    expect((await ask(false)).error?.status).toBe(422);
  });

  it("waits out a server that is away", async () => {
    serve(problem(503), events("event: done\ndata: {}\n\n"));
    expect((await ask(true)).seen).toEqual([" done {}"]);
  });
});
