import { diffLines, diffWordsWithSpace } from "diff";

export interface DiffPart {
  text: string;
  changed: boolean;
}

export interface DiffLine {
  kind: "same" | "added" | "removed";
  before?: number;
  after?: number;
  parts: DiffPart[];
}

const LONGEST_WORDS = 2000;

/** The lines of two texts side by side in one list; where a line was changed, `parts` marks the words. */
export function compareLines(before: string, after: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let left = 1;
  let right = 1;
  for (const change of diffLines(before, after)) {
    for (const text of split(change.value)) {
      const parts = [{ text, changed: false }];
      if (change.added) lines.push({ kind: "added", after: right++, parts });
      else if (change.removed) lines.push({ kind: "removed", before: left++, parts });
      else lines.push({ kind: "same", before: left++, after: right++, parts });
    }
  }
  markWords(lines);
  return lines;
}

/** Runs of equal lines longer than `around` on each side of a change, as one fold. */
export function fold(lines: readonly DiffLine[], around: number): (DiffLine | { folded: readonly DiffLine[] })[] {
  const result: (DiffLine | { folded: readonly DiffLine[] })[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && lines[end]?.kind === "same") end += 1;
    const head = at === 0 ? 0 : around;
    const tail = end === lines.length ? 0 : around;
    if (end - at > head + tail + 1) {
      result.push(
        ...lines.slice(at, at + head),
        { folded: lines.slice(at + head, end - tail) },
        ...lines.slice(end - tail, end),
      );
    } else {
      result.push(...lines.slice(at, end));
    }
    at = end;
    while (at < lines.length && lines[at]?.kind !== "same") result.push(lines[at++] as DiffLine);
  }
  return result;
}

function markWords(lines: DiffLine[]): void {
  for (let at = 0; at < lines.length; ) {
    const removed = run(lines, at, "removed");
    const added = run(lines, at + removed.length, "added");
    for (const [index, line] of removed.slice(0, added.length).entries()) {
      const other = added[index];
      const [old, young] = [line.parts[0]?.text ?? "", other?.parts[0]?.text ?? ""];
      if (!other || old.length + young.length > LONGEST_WORDS) continue;
      const words = diffWordsWithSpace(old, young);
      line.parts = words.filter((word) => !word.added).map((word) => ({ text: word.value, changed: !!word.removed }));
      other.parts = words.filter((word) => !word.removed).map((word) => ({ text: word.value, changed: !!word.added }));
    }
    at += Math.max(1, removed.length + added.length);
  }
}

function run(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): DiffLine[] {
  let end = from;
  while (lines[end]?.kind === kind) end += 1;
  return lines.slice(from, end);
}

function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
