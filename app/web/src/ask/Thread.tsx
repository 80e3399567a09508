import { useEffect, useRef } from "preact/hooks";
import { Banner, DateTime, Markdown } from "../design";
import { said, standing, turns, typing } from "./conversation";
import { t } from "./messages";
import type { Said, Turn } from "./model";
import { TurnView } from "./TurnView";

const NEAR_PX = 120;

/** Everything said, oldest first; follows the end while one is there. */
export function Thread() {
  const scroll = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const all = inOrder(turns.value, said.value);
  useEffect(() => {
    follows.current = true;
  }, [turns.value.length]);
  useEffect(() => {
    if (follows.current) scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
  }, [turns.value, said.value, typing.value]);
  return (
    <div
      ref={scroll}
      class="q-scroll"
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      }}
    >
      <div class="q-column q-thread" role="log" aria-live="polite" aria-busy={turns.value.at(-1)?.state === "running"}>
        {all.map((one) =>
          "turn_id" in one ? (
            <TurnView key={one.turn_id || "new"} turn={one} isLast={one === turns.value.at(-1)} />
          ) : (
            <Post key={`said-${one.id}`} post={one} />
          ),
        )}
        <Person />
      </div>
    </div>
  );
}

function inOrder(asked: readonly Turn[], told: readonly Said[]): (Turn | Said)[] {
  return [...asked, ...told].sort((a, b) => a.created_at.localeCompare(b.created_at));
}

function Post({ post }: { post: Said }) {
  return (
    <div class="q-post">
      <p class="f-small f-muted">
        <strong>{post.author}</strong> <DateTime at={post.created_at} form="short" />
      </p>
      <Markdown text={post.text} />
    </div>
  );
}

/** Who has the conversation, where the assistant does not. */
function Person() {
  const { state, agent, position } = standing.value;
  if (state === "closed") return <Banner icon="headset">{t.closed}</Banner>;
  if (state !== "waiting" && state !== "agent") return null;
  return (
    <Banner icon="headset">
      <strong>{state === "agent" ? t.withAgent(agent ?? "") : t.waiting}</strong>{" "}
      {state === "waiting" && position ? t.position(position) : ""}
      {typing.value && ` ${t.typing(typing.value.trim())}`}
    </Banner>
  );
}
