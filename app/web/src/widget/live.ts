import type { Client } from "./client";
import { stream } from "./stream";
import { fromTranscript, type Item, type Standing, standingOf, theirs } from "./turns";

export interface LiveListener {
  onStanding: (standing: Standing) => void;
  onMessage: (item: Item) => void;
  onTyping: (name: string) => void;
  onRead: () => void;
}

const LOOK_MS = 4000;
const TELL_MS = 2500;

/** The conversation while a person has it, or is awaited: by its live stream, or by looking where there is none. */
export class Live {
  private conversation = "";
  private stop: () => void = () => {};
  private typingUntil: ReturnType<typeof setTimeout> | undefined;
  private told = 0;
  private seen = "";

  constructor(
    private readonly client: Client,
    private readonly listener: LiveListener,
  ) {}

  open(conversation: string): void {
    if (!conversation || conversation === this.conversation) return;
    this.close();
    this.conversation = conversation;
    this.stop = stream(this.client, {
      path: `/v1/conversations/${conversation}/live`,
      onEvent: (event, data) => this.take(event, data),
      onRefused: () => this.look(),
    });
  }

  /** The assistant has the conversation again: a last look, so that nothing said meanwhile is missed. */
  rest(): void {
    const { conversation } = this;
    this.close();
    if (conversation) void this.lookOnce(conversation);
  }

  close(): void {
    this.stop();
    this.stop = () => {};
    clearTimeout(this.typingUntil);
    this.conversation = "";
  }

  tellTyping(): void {
    if (!this.conversation || Date.now() - this.told < TELL_MS) return;
    this.told = Date.now();
    this.client.post(`/v1/conversations/${this.conversation}/typing`, {}).catch(() => {});
  }

  tellRead(message: string): void {
    if (!this.conversation || message === this.seen) return;
    this.seen = message;
    const id = /^\d+$/.test(message) ? Number(message) : message;
    this.client.post(`/v1/conversations/${this.conversation}/read`, { message_id: id }).catch(() => {});
  }

  private take(event: string, data: Record<string, unknown>): boolean {
    if (event === "state") this.listener.onStanding(standingOf(data));
    else if (event === "message" && data.from === "agent") this.listener.onMessage(theirs(data));
    else if (event === "read" && data.by === "agent") this.listener.onRead();
    else if (event === "typing" && data.from === "agent") this.typing(data);
    return false;
  }

  private typing(data: Record<string, unknown>): void {
    clearTimeout(this.typingUntil);
    const left = Date.parse(String(data.until ?? "")) - Date.now();
    if (left <= 0) {
      this.listener.onTyping("");
      return;
    }
    this.listener.onTyping(String(data.name ?? ""));
    this.typingUntil = setTimeout(() => this.listener.onTyping(""), Math.min(left || 5000, 10_000));
  }

  private look(): void {
    const { conversation } = this;
    const timer = setInterval(() => void this.lookOnce(conversation), LOOK_MS);
    this.stop = () => clearInterval(timer);
    void this.lookOnce(conversation);
  }

  private async lookOnce(conversation: string): Promise<void> {
    try {
      const view = (await (await this.client.fetch(`/v1/conversations/${conversation}`)).json()) as Record<
        string,
        unknown
      >;
      for (const item of fromTranscript(view)) if (item.kind === "theirs") this.listener.onMessage(item);
      if (conversation === this.conversation) this.listener.onStanding(standingOf(view));
    } catch {
      // The next look may reach it.
    }
  }
}
