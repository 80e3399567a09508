import type { Language } from "./messages";
import type { Identity } from "./options";
import type { Kept } from "./storage";

/** The answer of `POST /v1/widget/session`. */
export interface Visit {
  token: string;
  expires_at: string;
  visitor: string;
  user: string;
  language: Language;
  greeting: Record<Language, string>;
  open: boolean;
  opens_at: string | null;
  closed_text: Partial<Record<Language, string>>;
  site: string;
}

/** Why the service did not do it; status 0 is no connection. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly retrySeconds = 0,
  ) {
    super(`HTTP ${status}`);
  }

  /** Whether waiting may mend it. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status >= 500;
  }
}

const EARLY_MS = 60_000;

/** Talks to the service as a visitor of the site; gets and renews the token by itself. */
export class Client {
  visit: Visit | null = null;
  identity: Identity | null = null;
  onVisit: (visit: Visit) => void = () => {};
  private going: Promise<Visit> | null = null;
  private epoch = 0;

  constructor(
    private readonly base: string,
    private readonly site: string,
    private readonly kept: Kept,
  ) {}

  /** The visit with a token that is still good. Raises Refused. */
  async session(renew = false): Promise<Visit> {
    const { visit } = this;
    if (!renew && visit && Date.parse(visit.expires_at) - Date.now() > Math.min(EARLY_MS, this.shortest(visit)))
      return visit;
    this.going ??= this.begin().finally(() => {
      this.going = null;
    });
    return this.going;
  }

  /** Speak as somebody else from now on. */
  become(identity: Identity | null): void {
    this.identity = identity;
    this.visit = null;
    this.going = null;
    this.epoch += 1;
  }

  /** A request with the token; once more with a new one where it has run out. Raises Refused. */
  async fetch(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    let visit = await this.session();
    for (let attempt = 0; ; attempt += 1) {
      const headers = { ...init.headers, Authorization: `Bearer ${visit.token}` };
      const answer = await reach(`${this.base}${path}`, { ...init, headers });
      if (answer.status === 401 && attempt === 0) visit = await this.session(true);
      else if (!answer.ok) throw refusal(answer);
      else return answer;
    }
  }

  async post(path: string, body: unknown): Promise<Response> {
    return this.fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  private shortest(visit: Visit): number {
    return visit.user && this.identity ? 5_000 : EARLY_MS;
  }

  private async begin(): Promise<Visit> {
    const { epoch } = this;
    const body = {
      site_key: this.site,
      visitor: this.kept.read("visitor"),
      ...(this.identity && { identity: this.identity }),
    };
    const answer = await reach(`${this.base}/v1/widget/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw refusal(answer);
    const visit = (await answer.json()) as Visit;
    if (epoch !== this.epoch) return this.session();
    this.kept.write("visitor", visit.visitor);
    this.visit = visit;
    this.onVisit(visit);
    return visit;
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: "omit", cache: "no-store" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0);
  }
}

function refusal(answer: Response): Refused {
  return new Refused(answer.status, Number(answer.headers.get("Retry-After")) || 0);
}
