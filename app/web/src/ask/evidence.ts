/** How the text of a document is shown beside an answer: as fields, as a thread, or as text with a mark. Pure. */

export interface Span {
  start: number;
  end: number;
}

export interface Entry {
  label: string;
  value: string;
  cited: boolean;
}

export interface Post {
  at: string;
  author: string;
  isCustomer: boolean;
  text: string;
  cited: boolean;
}

export interface RecordView {
  title: string;
  entries: Entry[];
  /** Paragraphs outside the list. */
  prose: { text: string; cited: boolean }[];
  posts: Post[];
}

const FIELD = /^[-*]\s+([^:：]{1,60})[:：]\s*(.*)$/;
const POST = /^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d)\s+(.{1,80}?)(?:\s\(([^)]*)\))?:\s+([\s\S]*)$/;

/** A record of a system (ERP, CRM) as fields and posts; null where the text is not written like one. */
export function recordOf(text: string, cited: Span): RecordView | null {
  const view: RecordView = { title: "", entries: [], prose: [], posts: [] };
  for (const block of blocksOf(text)) {
    const touched = block.start < cited.end && cited.start < block.end;
    const line = block.text.trim();
    const field = FIELD.exec(line);
    const post = POST.exec(line);
    if (line.startsWith("# ") && !view.title) view.title = line.slice(2);
    else if (field) view.entries.push(...entriesOf(line, block, cited));
    else if (post) {
      const isCustomer = /customer|客户/i.test(post[3] ?? "");
      const told = { at: post[1] ?? "", author: post[2] ?? "", text: post[4] ?? "" };
      view.posts.push({ ...told, isCustomer, cited: touched });
    } else if (line) view.prose.push({ text: line.replace(/^[-*]\s+/, ""), cited: touched });
  }
  const isRecord = view.entries.length >= 2 || view.posts.length >= 1;
  return isRecord ? view : null;
}

/** Lines of a list one by one, paragraphs whole. */
function blocksOf(text: string): { text: string; start: number; end: number }[] {
  const found = [];
  for (const paragraph of text.matchAll(/(?:^[-*#].*$)|(?:^(?![-*#\n]).+(?:\n(?![-*#\n]).+)*)/gm)) {
    found.push({ text: paragraph[0], start: paragraph.index, end: paragraph.index + paragraph[0].length });
  }
  return found;
}

/** "- Status: open, priority 2, labels: a" → the fields of the line; a comma parts them only before another label. */
function entriesOf(line: string, block: Span, cited: Span): Entry[] {
  const entries: Entry[] = [];
  const body = line.replace(/^[-*]\s+/, "");
  let at = block.start + (line.length - body.length);
  for (const part of body.split(/(?<=,\s)(?=[\p{L}][\p{L}\p{N} _/().-]{0,40}: )|(?<=，)(?=[^：，]{1,20}：)/u)) {
    const colon = /[:：]\s*/.exec(part);
    const touched = at < cited.end && cited.start < at + part.trimEnd().length;
    at += part.length;
    const value = part.slice((colon?.index ?? 0) + (colon?.[0].length ?? 0)).replace(/[,，]\s*$/, "");
    entries.push({ label: part.slice(0, colon?.index ?? 0), value, cited: touched });
  }
  return entries;
}

export const MARK_START = "\uE000";
export const MARK_END = "\uE001";

const OPENING = /^(?:[\s>]|#{1,6}\s|[-*+]\s|\d+[.)]\s|\|)*/;
const CLOSING = /[\s|]*$/;

/** The text with the mark's ends written into it where they disturb no Markdown. */
export function withMarks(text: string, cited: Span): string {
  const clean = text.replace(/[\uE000\uE001]/g, " ");
  let { start, end } = cited;
  if (start >= end || end > text.length) return clean;
  start += OPENING.exec(clean.slice(start, end))?.[0].length ?? 0;
  end -= CLOSING.exec(clean.slice(start, end))?.[0].length ?? 0;
  if (start >= end) return clean;
  return clean.slice(0, start) + MARK_START + clean.slice(start, end) + MARK_END + clean.slice(end);
}

const AROUND = 12_000;

/** A part of a long text around the mark, cut between paragraphs; the whole where it is short. */
export function around(text: string, cited: Span, room = AROUND): { text: string; cited: Span; isPart: boolean } {
  if (text.length <= 2 * room) return { text, cited, isPart: false };
  const from = Math.max(0, text.lastIndexOf("\n\n", Math.max(0, cited.start - room)));
  const to = text.indexOf("\n\n", Math.min(text.length, cited.end + room));
  const shown = text.slice(from, to < 0 ? text.length : to);
  return { text: shown, cited: { start: cited.start - from, end: cited.end - from }, isPart: true };
}

/** Wrap what stands between the mark's ends, in whatever elements, into `<mark>`; the first one, or null. */
export function drawMarks(container: HTMLElement): HTMLElement | null {
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  let inside = false;
  let first: HTMLElement | null = null;
  for (const node of nodes) {
    const pieces = node.data.split(/([\uE000\uE001])/);
    if (pieces.length === 1 && !inside) continue;
    const made: Node[] = [];
    for (const piece of pieces) {
      if (piece === MARK_START || piece === MARK_END) inside = piece === MARK_START;
      else if (inside && piece.trim()) {
        const mark = document.createElement("mark");
        mark.textContent = piece;
        first ??= mark;
        made.push(mark);
      } else if (piece) made.push(document.createTextNode(piece));
    }
    node.replaceWith(...made);
  }
  return first;
}
