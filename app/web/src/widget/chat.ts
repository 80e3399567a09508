import { type Client, Refused, type Visit } from "./client";
import { Live } from "./live";
import type { Identity } from "./options";
import type { Kept } from "./storage";
import { stream } from "./stream";
import {
  type Answer,
  afterEvent,
  emptyAnswer,
  fromTranscript,
  type Item,
  isLast,
  type Mine,
  type Standing,
  standingOf,
} from "./turns";

export type Trouble =
  | ""
  | "offline"
  | "reconnecting"
  | "unavailable"
  | "notHere"
  | "notSent"
  | "expiredIdentity"
  | { seconds: number };

export interface ChatState {
  visit: Visit | null;
  items: Item[];
  standing: Standing;
  typing: string;
  trouble: Trouble;
  busy: boolean;
}

const NOBODY: Standing = { state: "bot", position: 0, agent: "" };

/** The conversation of this page: what is shown, and what the visitor does with it. */
export class Chat {
  state: ChatState = { visit: null, items: [], standing: NOBODY, typing: "", trouble: "", busy: false };
  onChange: () => void = () => {};
  private conversation = "";
  private stopTurn: () => void = () => {};
  private readonly live: Live;
  private started = false;

  constructor(
    readonly client: Client,
    private readonly kept: Kept,
    private readonly tab: Kept,
  ) {
    client.onVisit = (visit) => this.set({ visit });
    this.live = new Live(client, {
      onStanding: (standing) => this.stand(standing),
      onMessage: (message) => this.add(message),
      onTyping: (typing) => this.set({ typing }),
      onRead: () => this.markRead(),
    });
  }

  /** Whether there is something to go on with, so that a page that loads should ask at once. */
  get hasConversation(): boolean {
    return this.kept.read(this.keptName) !== "" || this.tab.read("pending") !== "";
  }

  /** Get a token, and take up the conversation where it was left. */
  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    try {
      await this.client.session();
      this.set({ trouble: "" });
      this.conversation = this.kept.read(this.keptName);
      if (this.conversation) await this.load();
      this.resend();
    } catch (error) {
      this.started = false;
      this.fail(error);
    }
  }

  /** Speak as this customer (null: as nobody) from now on; another person has another conversation. */
  async identify(identity: Identity | null): Promise<void> {
    const wasStarted = this.started;
    this.leave();
    this.client.become(identity);
    this.set({ items: [], standing: NOBODY, typing: "", visit: null, trouble: "", busy: false });
    if (wasStarted || this.hasConversation) await this.start();
  }

  /** Send a message; false when it could not be sent, and should stay in its field. */
  send(message: string): boolean {
    const words = message.trim();
    if (!words || this.state.busy) return false;
    const key = crypto.randomUUID?.() ?? String(Math.random());
    this.tab.write("pending", JSON.stringify({ key, words, conversation: this.conversation }));
    this.ask(words, key);
    return true;
  }

  /** Ask a question again whose answer was interrupted. */
  again(answer: Answer): void {
    const at = this.state.items.indexOf(answer);
    const asked = this.state.items[at - 1];
    if (asked?.kind === "mine") this.send(asked.text);
  }

  async rate(answer: Answer, rating: 1 | -1): Promise<void> {
    this.replace(answer.id, { ...answer, rating });
    try {
      await this.client.post("/v1/feedback", { turn_id: answer.id, rating });
    } catch (error) {
      this.replace(answer.id, answer);
      this.fail(error, true);
    }
  }

  /** The visitor is writing; told to a person at most every few seconds. */
  writing(): void {
    if (this.state.standing.state === "agent") this.live.tellTyping();
  }

  /** What was said last has been seen. */
  seen(): void {
    const last = this.state.items.findLast((item) => item.kind === "theirs");
    if (last) this.live.tellRead(last.id.slice(1));
  }

  /** The conversation as an e-mail file. Raises Refused. */
  async transcript(): Promise<Blob> {
    return (await this.client.fetch(`/v1/conversations/${this.conversation}/transcript`)).blob();
  }

  get canSave(): boolean {
    return this.conversation !== "" && this.state.items.length > 0;
  }

  startOver(): void {
    this.leave();
    this.kept.write(this.keptName, "");
    this.set({ items: [], standing: NOBODY, typing: "", trouble: "", busy: false });
    this.started = true;
  }

  retry(): void {
    this.set({ trouble: "" });
    this.started = false;
    void this.start();
  }

  /** Close every connection. */
  leave(): void {
    this.stopTurn();
    this.live.close();
    this.tab.write("pending", "");
    this.conversation = "";
    this.started = false;
  }

  private get keptName(): string {
    const user = this.client.identity?.user;
    return user ? `conversation.${user}` : "conversation";
  }

  private ask(words: string, key: string): void {
    const at = new Date().toISOString();
    const mine: Mine = { kind: "mine", id: `m${key}`, text: words, at, state: "sending" };
    const answer = emptyAnswer(key, at);
    this.set({ items: [...this.state.items, mine, answer], busy: true, trouble: "" });
    const body = {
      message: words,
      channel: "widget",
      ...(this.conversation && { conversation_id: this.conversation }),
    };
    this.follow(answer.id, { body, key });
  }

  /** Follow the answer with this id until its last event. */
  private follow(id: string, request: { body?: unknown; key?: string; lastId?: string }): void {
    let current = id;
    this.stopTurn = stream(this.client, {
      path: "/v1/chat",
      method: "POST",
      ...request,
      onConnected: (connected) => this.set({ trouble: connected ? "" : navigator.onLine ? "reconnecting" : "offline" }),
      onEvent: (event, data) => {
        if (event === "turn") this.begun(data);
        const answer = this.state.items.find((item): item is Answer => item.kind === "answer" && item.id === current);
        if (answer) {
          const next = afterEvent(answer, event, data);
          this.replace(current, next);
          current = next.id;
        }
        if (event === "handover") this.stand(standingOf(data));
        if (isLast(event)) this.ended(current, data);
        return isLast(event);
      },
      onRefused: (refused) => this.refused(current, refused),
    });
  }

  private begun(data: Record<string, unknown>): void {
    this.tab.write("pending", "");
    this.conversation = String(data.conversation_id ?? this.conversation);
    this.kept.write(this.keptName, this.conversation);
    this.set({
      items: this.state.items.map((one) =>
        one.kind === "mine" && one.state === "sending" ? { ...one, state: "sent" } : one,
      ),
    });
  }

  private ended(id: string, data: Record<string, unknown>): void {
    const answer = this.state.items.find((item) => item.id === id && item.kind === "answer") as Answer | undefined;
    // A person answers: the turn itself says nothing.
    if (answer?.state === "done" && !answer.text)
      this.set({ items: this.state.items.filter((item) => item !== answer) });
    this.set({ busy: false });
    const standing = data.handover as Record<string, unknown> | undefined;
    if (standing) this.stand(standingOf(standing));
    else if (data.decision && data.decision !== "handed_over") this.stand(NOBODY);
  }

  private refused(id: string, refused: Refused): void {
    const left = this.state.items.filter((item) => item.id !== id);
    const items = left.map((one) =>
      one.kind === "mine" && one.state === "sending" ? { ...one, state: "failed" as const } : one,
    );
    this.tab.write("pending", "");
    this.set({ items, busy: false });
    if (refused.status === 404 && this.conversation) {
      this.kept.write(this.keptName, "");
      this.conversation = "";
    }
    this.fail(refused, true);
  }

  private async load(): Promise<void> {
    try {
      const answer = await this.client.fetch(`/v1/conversations/${this.conversation}`);
      const view = (await answer.json()) as Record<string, unknown>;
      const items = fromTranscript(view);
      const running = items.find((item): item is Answer => item.kind === "answer" && item.state === "writing");
      this.set({ items, busy: running !== undefined });
      this.stand(standingOf(view));
      if (running) this.follow(running.id, { lastId: `${running.id}.0` });
    } catch (error) {
      if (!(error instanceof Refused) || error.isPassing || error.status === 429) throw error;
      this.kept.write(this.keptName, "");
      this.conversation = "";
    }
  }

  /** A message whose turn had not begun when the page was left is sent again, under the same key. */
  private resend(): void {
    const pending = this.tab.read("pending");
    if (!pending || this.state.busy) return;
    try {
      const { key, words, conversation } = JSON.parse(pending) as Record<string, string>;
      if (key && words && (conversation ?? "") === this.conversation) this.ask(words, key);
      else this.tab.write("pending", "");
    } catch {
      this.tab.write("pending", "");
    }
  }

  private stand(told: Standing): void {
    const before = this.state.standing;
    const givenBack = told.state === "bot" && (before.state === "agent" || before.state === "back");
    const standing: Standing = givenBack ? { ...told, state: "back" } : told;
    this.set({ standing, ...(standing.state !== "agent" && { typing: "" }) });
    if (standing.state === "waiting" || standing.state === "agent") this.live.open(this.conversation);
    else if (before.state === "waiting" || before.state === "agent") this.live.rest();
  }

  private add(item: Item): void {
    if (!this.state.items.some((one) => one.id === item.id))
      this.set({ items: [...this.state.items, item], typing: "" });
  }

  private markRead(): void {
    this.set({ items: this.state.items.map((one) => (isSent(one) ? { ...one, state: "read" } : one)) });
  }

  private replace(id: string, answer: Answer): void {
    this.set({ items: this.state.items.map((one) => (one.kind === "answer" && one.id === id ? answer : one)) });
  }

  private fail(error: unknown, sent = false): void {
    const refused = error instanceof Refused ? error : new Refused(0);
    let trouble: Trouble = sent ? "notSent" : "unavailable";
    if (refused.status === 0 && !navigator.onLine) trouble = "offline";
    else if (refused.status === 429) trouble = { seconds: refused.retrySeconds || 30 };
    else if (refused.status === 401 && this.client.identity) trouble = "expiredIdentity";
    else if (refused.status === 401 || refused.status === 403) trouble = "notHere";
    this.set({ trouble });
  }

  private set(changed: Partial<ChatState>): void {
    this.state = { ...this.state, ...changed };
    this.onChange();
  }
}

const isSent = (item: Item): item is Mine => item.kind === "mine" && item.state === "sent";
