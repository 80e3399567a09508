import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, Markdown } from "../design";
import { around, drawMarks, type RecordView, type Span, withMarks } from "./evidence";
import { t } from "./messages";

/** The text of a document with the cited words marked and scrolled to. */
export function MarkedText({ text, cited }: { text: string; cited: Span }) {
  const [isWhole, setWhole] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const part = useMemo(
    () => (isWhole ? { text, cited, isPart: false } : around(text, cited)),
    [text, cited.start, isWhole],
  );
  const marked = useMemo(() => withMarks(part.text, part.cited).replaceAll("\f", "\n\n---\n\n"), [part]);
  useLayoutEffect(() => {
    if (place.current) drawMarks(place.current)?.scrollIntoView({ block: "center" });
  }, [marked]);
  return (
    <>
      {part.isPart && (
        <p class="f-row f-row-wrap f-small f-muted">
          {t.partOnly}
          <Button size="small" onClick={() => setWhole(true)}>
            {t.showAll}
          </Button>
        </p>
      )}
      <div ref={place} key={marked}>
        <Markdown text={marked} />
      </div>
    </>
  );
}

/** A record of a system: its fields, and what was written under it. */
export function Fields({ record }: { record: RecordView }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.querySelector(".q-cited")?.scrollIntoView({ block: "center" }), [record]);
  return (
    <div ref={place} class="f-stack">
      {record.title && <h3>{record.title}</h3>}
      {record.prose.map((one) => (
        <p key={one.text} class={one.cited ? "q-cited" : ""}>
          {one.cited ? <mark>{one.text}</mark> : one.text}
        </p>
      ))}
      {record.entries.length > 0 && (
        <dl class="q-fields">
          {record.entries.map((entry) => (
            <div key={entry.label} class={entry.cited ? "q-cited" : ""}>
              <dt>{entry.label}</dt>
              <dd class="f-number">{entry.cited ? <mark>{entry.value}</mark> : entry.value}</dd>
            </div>
          ))}
        </dl>
      )}
      {record.posts.map((post) => (
        <div key={post.at + post.author} class={`q-mail ${post.cited ? "q-cited" : ""}`}>
          <p class="f-small f-muted">
            <strong>{post.author}</strong> {post.isCustomer ? `(${t.customer}) ` : ""}
            <span class="f-number">{post.at}</span>
          </p>
          <p>{post.cited ? <mark>{post.text}</mark> : post.text}</p>
        </div>
      ))}
    </div>
  );
}
