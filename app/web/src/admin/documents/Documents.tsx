import "./documents.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, confirm, PageHead, toast, toastError } from "../../design";
import { api } from "../../lib/api";
import { useLive } from "../../lib/live";
import { guardLeaving, navigate, route } from "../../lib/router";
import { DocumentDrawer } from "./DocumentDrawer";
import { DocumentTable } from "./DocumentTable";
import { chosenFiles, droppedFiles } from "./dropped_files";
import { t } from "./messages";
import type { Limits } from "./model";
import { ReadersDialog } from "./ReadersDialog";
import { UploadDialog } from "./UploadDialog";
import { Uploads } from "./Uploads";
import { type Chosen, isBusy, items } from "./upload_queue";
import { useDocuments } from "./use_documents";

/** All documents: upload, find, look into, change, delete. */
export function Documents() {
  const list = useDocuments();
  const limits = useLive("upload-limits", () => api.get<Limits>("/v1/upload-limits"));
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [changing, setChanging] = useState(false);
  const opened = route(["/admin/documents/:id"])?.params.id;
  const over = useDropTarget(setChosen);
  useEffect(() => guardLeaving(isBusy), []);
  const finished = items.value.filter((item) => item.state === "ready").length;
  useEffect(() => {
    if (finished > 0) void list.refresh();
  }, [finished]);
  const open = (id: string) => void navigate(`/admin/documents/${id}${location.search}`);
  const done = () => {
    setSelected(new Set());
    void list.refresh();
  };
  return (
    <>
      <PageHead title={t.title} description={t.description} actions={<UploadButtons onChosen={setChosen} />} />
      <div class="f-stack">
        <Uploads onOpen={open} />
        <DocumentTable
          list={list}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          openKey={opened}
          actions={
            <>
              <Button size="small" icon="users" onClick={() => setChanging(true)}>
                {t.changeReaders}
              </Button>
              <Button size="small" look="danger" icon="trash" onClick={() => void deleteAll(selected, done)}>
                {t.delete}
              </Button>
            </>
          }
        />
      </div>
      {over && <div class="a-drop">{t.dropHere}</div>}
      {chosen.length > 0 && <UploadDialog chosen={chosen} limits={limits.data} onClose={() => setChosen([])} />}
      {changing && <ReadersDialog ids={[...selected]} onClose={() => setChanging(false)} onDone={done} />}
      {opened && (
        <DocumentDrawer
          key={opened}
          id={opened}
          onClose={() => void navigate(`/admin/documents${location.search}`)}
          onChanged={() => void list.refresh()}
        />
      )}
    </>
  );
}

function UploadButtons({ onChosen }: { onChosen: (chosen: readonly Chosen[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files?.length) onChosen(chosenFiles(input.files));
    input.value = "";
  };
  return (
    <>
      <input ref={files} class="a-file-input" type="file" multiple tabIndex={-1} aria-hidden="true" onChange={take} />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute("webkitdirectory", "");
        }}
        class="a-file-input"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={take}
      />
      <Button icon="folder" onClick={() => folder.current?.click()}>
        {t.uploadFolder}
      </Button>
      <Button look="primary" icon="upload" onClick={() => files.current?.click()}>
        {t.upload}
      </Button>
    </>
  );
}

/** Files may be dropped anywhere on the page; true while some are held over it. */
function useDropTarget(onChosen: (chosen: readonly Chosen[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (hasFiles(event)) setOver(++depth > 0);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      setOver(depth > 0);
    };
    const hover = (event: DragEvent) => hasFiles(event) && event.preventDefault();
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      droppedFiles(event.dataTransfer).then(onChosen, toastError);
    };
    const stop = new AbortController();
    const options = { signal: stop.signal };
    document.addEventListener("dragenter", enter, options);
    document.addEventListener("dragleave", leave, options);
    document.addEventListener("dragover", hover, options);
    document.addEventListener("drop", drop, options);
    return () => stop.abort();
  }, []);
  return over;
}

async function deleteAll(selected: ReadonlySet<string>, onDone: () => void): Promise<void> {
  const title = t.deleteTitle(selected.size);
  if (!(await confirm({ title, text: t.deleteText, action: t.delete, danger: true }))) return;
  try {
    toastOutcomes(await changeMany([...selected], { action: "delete" }), t.deleted);
  } catch (error) {
    toastError(error);
  }
  onDone();
}

interface Outcome {
  id: string;
  done: boolean;
  detail: string;
}

/** One bulk change over as many requests as it takes. */
export async function changeMany(ids: readonly string[], change: Record<string, unknown>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let first = 0; first < ids.length; first += 100) {
    const body = { ...change, ids: ids.slice(first, first + 100) };
    const answer = await api.post<{ items: Outcome[] }>("/v1/documents:bulk", body, { timeoutSeconds: 120 });
    outcomes.push(...answer.items);
  }
  return outcomes;
}

/** Say how many were done, and why the first of the others was not. */
export function toastOutcomes(outcomes: readonly Outcome[], words: (count: number) => string): void {
  const failed = outcomes.filter((one) => !one.done);
  if (failed.length < outcomes.length) toast(words(outcomes.length - failed.length));
  if (failed[0]) toast(t.notDone(failed.length, failed[0].detail), "danger");
}
