import "./ask.css";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorState, IconButton, Shell, Skeleton } from "../design";
import { navigate, route } from "../lib/router";
import { Composer } from "./Composer";
import {
  conversationId,
  edit,
  leftRunning,
  loading,
  loadingError,
  open,
  reload,
  running,
  stop,
  turns,
} from "./conversation";
import { EvidencePanel } from "./EvidencePanel";
import { History } from "./History";
import { t } from "./messages";
import { PreviewHost } from "./Preview";
import { closePanel, shown } from "./panel";
import { ShareDialog } from "./ShareDialog";
import { SharedPage } from "./SharedPage";
import { Shortcuts } from "./Shortcuts";
import { Thread } from "./Thread";
import { Welcome } from "./Welcome";

/** Internal questions and answers: conversations on the left, one in the middle, its sources on the right. */
export function AskPage() {
  const place = route(["/ask", "/ask/c/:id", "/ask/shared/:token"]);
  const help = useSignal(false);
  const sharing = useSignal(false);
  const id = place?.params.id ?? "";
  const token = place?.params.token ?? "";
  useEffect(() => {
    if (token) return;
    const left = id ? "" : leftRunning();
    if (left && turns.value.length === 0) void navigate(`/ask/c/${left}`, { replace: true });
    else void open(id);
    if (!id && matchMedia("(pointer: fine)").matches) focusField();
    return closePanel;
  }, [id, token]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => shortcut(event, help);
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  const actions = (
    <>
      {conversationId.value && !token && (
        <IconButton icon="share" label={t.share} onClick={() => (sharing.value = true)} />
      )}
      <IconButton class="f-wide-only" icon="help" label={t.shortcuts} onClick={() => (help.value = true)} />
    </>
  );
  return (
    <Shell face="ask" fill navContent={<History />} actions={actions}>
      <div class={`q-page ${shown.value ? "q-page-split" : ""}`}>
        {token ? <SharedPage token={token} /> : <Talk />}
        <EvidencePanel />
      </div>
      <PreviewHost />
      <Shortcuts open={help.value} onClose={() => (help.value = false)} />
      {sharing.value && <ShareDialog onClose={() => (sharing.value = false)} />}
    </Shell>
  );
}

function Talk() {
  const body = () => {
    if (loadingError.value) return <ErrorState error={loadingError.value} onRetry={() => void reload()} />;
    if (loading.value) {
      return (
        <div class="q-column q-loading">
          <Skeleton lines={5} />
        </div>
      );
    }
    return turns.value.length > 0 ? <Thread /> : <Welcome />;
  };
  return (
    <section class="q-talk" aria-label={t.title}>
      {body()}
      <Composer />
    </section>
  );
}

export function focusField(): void {
  document.querySelector<HTMLTextAreaElement>(".q-field textarea")?.focus();
}

function shortcut(event: KeyboardEvent, help: { value: boolean }): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (target.closest("dialog, [popover], .f-nav")) return;
  const isTyping = target.matches("input, textarea, select, [contenteditable]");
  const isEmptyField = target.matches(".q-field textarea") && !(target as HTMLTextAreaElement).value;
  if (event.key === "Escape") {
    if (shown.value) closePanel();
    else if (running.value) void stop();
    else return;
  } else if (event.key === "ArrowUp" && isEmptyField) edit();
  else if (isTyping) return;
  else if (event.key === "/") focusField();
  else if (event.key === "?") help.value = true;
  else if (event.key === "n") void navigate("/ask");
  else return;
  event.preventDefault();
}
