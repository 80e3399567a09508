import "./agent.css";
import { useEffect } from "preact/hooks";
import { Shell } from "../design";
import { route } from "../lib/router";
import { Context } from "./Context";
import { Conversation, closeConversation } from "./Conversation";
import { Inbox } from "./Inbox";
import { REPLY } from "./Reply";
import { act, show, startInbox, step, tellRead, view } from "./state";

/** Inbox, conversation and context side by side; one at a time where it is narrow. */
export function AgentPage() {
  const id = route(["/agent/:id"])?.params.id ?? "";
  useEffect(() => show(id), [id]);
  useEffect(() => {
    const stop = startInbox();
    document.addEventListener("keydown", onKey);
    document.addEventListener("visibilitychange", tellRead);
    return () => {
      stop();
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("visibilitychange", tellRead);
    };
  }, []);
  return (
    <Shell face="agent" fill>
      <div class={`i-page ${id ? "i-page-open" : ""}`}>
        <Inbox />
        <Conversation />
        <Context />
      </div>
    </Shell>
  );
}

function onKey(event: KeyboardEvent): void {
  const at = event.target as HTMLElement;
  if (event.key === "Escape" && at.closest(`.${REPLY}`)) at.blur();
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
  if (at.closest("input, textarea, select, dialog, [popover]") || document.querySelector("dialog[open]")) return;
  const mine = view.value?.mine ?? false;
  const deeds: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    c: () => void (!mine && act("claim")),
    r: () => document.querySelector<HTMLElement>(`.${REPLY} textarea`)?.focus(),
    g: () => void (mine && act("give-back")),
    e: () => void (mine && closeConversation()),
  };
  const deed = deeds[event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
}
