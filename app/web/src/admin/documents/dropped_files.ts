import type { Chosen } from "./upload_queue";

/** All files that were dropped, those in folders too, with their paths below what was dropped. */
export async function droppedFiles(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const found: Chosen[] = [];
  for (const { entry, file } of entries) {
    if (entry) await collect(entry, "", found);
    else if (file) found.push({ file, path: "" });
  }
  return found;
}

/** Files of an input; those of a chosen folder know their path. */
export function chosenFiles(files: FileList): Chosen[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || "" }));
}

async function collect(entry: FileSystemEntry, folder: string, found: Chosen[]): Promise<void> {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path: folder ? `${folder}/${entry.name}` : "" });
    return;
  }
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await collect(one, path, found);
  }
}
