/** A piece of a line: plain, bold, a link that is http or https, or the marker of a citation. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "bold"; text: string }
  | { kind: "link"; text: string; url: string }
  | { kind: "marker"; number: number };

export type Block = { kind: "paragraph"; lines: Inline[][] } | { kind: "list"; ordered: boolean; items: Inline[][] };

const BULLET = /^\s{0,8}[-*•]\s+(.*)$/;
const NUMBER = /^\s{0,8}\d{1,3}[.)、]\s*(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE =
  /\*\*([^*\n]+)\*\*|\[([^\][\n]{1,200})\]\(([^()\s]{1,2000})\)|\[(\d{1,3})\]|(https?:\/\/[^\s<>"'，。；！？、（）]+)/g;

/** An answer as blocks; nothing of it is ever read as HTML. Everything but paragraphs, lists, bold, links and markers is text. */
export function format(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) addLine(blocks, line);
  return blocks.filter((block) => block.kind === "list" || block.lines.length > 0);
}

function addLine(blocks: Block[], line: string): void {
  const last = blocks.at(-1);
  const bullet = BULLET.exec(line);
  const number = bullet ? null : NUMBER.exec(line);
  const item = bullet?.[1] ?? number?.[1];
  if (item !== undefined) {
    const ordered = number !== null;
    if (last?.kind === "list" && last.ordered === ordered) last.items.push(inline(item));
    else blocks.push({ kind: "list", ordered, items: [inline(item)] });
  } else if (line.trim() === "") {
    if (last) blocks.push({ kind: "paragraph", lines: [] });
  } else {
    const heading = HEADING.exec(line)?.[1];
    const content: Inline[] = heading ? [{ kind: "bold", text: heading }] : inline(line);
    if (last?.kind === "paragraph") last.lines.push(content);
    else blocks.push({ kind: "paragraph", lines: [content] });
  }
}

/** The pieces of one line. */
export function inline(line: string): Inline[] {
  const pieces: Inline[] = [];
  let from = 0;
  const plain = (text: string) => {
    if (text) pieces.push({ kind: "text", text });
  };
  for (const found of line.matchAll(INLINE)) {
    const [whole, bold, words, target, marker, bare] = found;
    plain(line.slice(from, found.index));
    from = found.index + whole.length;
    const url = safeUrl(target ?? bare ?? "");
    if (bold) pieces.push({ kind: "bold", text: bold });
    else if (marker) pieces.push({ kind: "marker", number: Number(marker) });
    else if (url && bare) {
      const rest = /[.,;:!?]+$/.exec(bare)?.[0] ?? "";
      const shown = bare.slice(0, bare.length - rest.length);
      pieces.push({ kind: "link", text: shown, url: safeUrl(shown) });
      plain(rest);
    } else if (url && words) pieces.push({ kind: "link", text: words, url });
    else plain(words ?? whole);
  }
  plain(line.slice(from));
  return pieces;
}

/** The address itself where it is http or https, else "". */
export function safeUrl(url: string): string {
  if (!/^https?:\/\//i.test(url)) return "";
  try {
    const { protocol, username, href } = new URL(url);
    return (protocol === "https:" || protocol === "http:") && !username ? href : "";
  } catch {
    return "";
  }
}
