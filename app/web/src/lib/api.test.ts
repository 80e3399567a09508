import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { address, api } from "./api";
import { ApiError } from "./errors";
import { chooseLanguage } from "./i18n";
import { type Session, session, settleSignIn, signInWanted } from "./session";

const ANN: Session = {
  tenant: "default",
  user: "ann",
  display_name: "Ann",
  roles: ["employee"],
  groups: [],
  csrf_token: "csrf-1",
  expires_at: "2099-01-01T00:00:00Z",
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

beforeEach(() => {
  session.value = ANN;
  chooseLanguage("en");
});
afterEach(() => vi.unstubAllGlobals());

describe("api", () => {
  it("sends the CSRF token with what changes something, and with nothing else", async () => {
    const seen: (string | undefined)[] = [];
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      seen.push((init.headers as Record<string, string>)["X-CSRF-Token"]);
      return json(200, {});
    });
    await api.get("/v1/a");
    await api.post("/v1/a", { x: 1 });
    await api.delete("/v1/a");
    expect(seen).toEqual([undefined, "csrf-1", "csrf-1"]);
  });

  it("asks to sign in on 401 and repeats the request with the new token", async () => {
    const tokens: (string | undefined)[] = [];
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      tokens.push((init.headers as Record<string, string>)["X-CSRF-Token"]);
      return tokens.length === 1 ? json(401, { status: 401 }) : json(200, { saved: true });
    });
    const answer = api.put<{ saved: boolean }>("/v1/rules/a", { text: "typed" });
    await vi.waitUntil(() => signInWanted.value);
    session.value = { ...ANN, csrf_token: "csrf-2" };
    settleSignIn(true);
    expect(await answer).toEqual({ saved: true });
    expect(tokens).toEqual(["csrf-1", "csrf-2"]);
  });

  it("gives the error when the person turns away from signing in", async () => {
    vi.stubGlobal("fetch", async () => json(401, { status: 401 }));
    const answer = api.get("/v1/a");
    await vi.waitUntil(() => signInWanted.value);
    settleSignIn(false);
    await expect(answer).rejects.toMatchObject({ status: 401 });
  });

  it("does not repeat what changes something when the connection is lost", async () => {
    const fetching = vi.fn(() => Promise.reject(new TypeError("lost")));
    vi.stubGlobal("fetch", fetching);
    await expect(api.post("/v1/a", {})).rejects.toMatchObject({ status: 0 });
    expect(fetching).toHaveBeenCalledTimes(1);
  });

  it("repeats a GET when a service is away for a moment", async () => {
    let calls = 0;
    vi.stubGlobal("fetch", async () => {
      calls += 1;
      return calls === 1 ? json(503, {}) : json(200, { ok: true });
    });
    expect(await api.get("/v1/a")).toEqual({ ok: true });
  });

  it("makes addresses without empty values", () => {
    expect(address("/v1/documents", { query: "a b", cursor: null, state: "", source: ["erp", "crm"] })).toBe(
      "/v1/documents?query=a+b&source=erp&source=crm",
    );
  });
});

describe("ApiError", () => {
  it("speaks the person's language, with the particulars where there are any", () => {
    const error = new ApiError(422, { detail: "readers needs at least 1 entries" });
    expect(error.sentence).toBe("Readers needs at least 1 entries.");
    chooseLanguage("zh");
    expect(error.sentence).toContain("提交的内容未被接受");
    expect(new ApiError(429, {}, 7).sentence).toContain("7 秒");
  });
});
