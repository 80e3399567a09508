import { format, type Inline } from "./formatter";
import type { Messages } from "./messages";

interface Props {
  text: string;
  t: Messages;
  /** Markers that have a source; others are left out. */
  markers: readonly number[];
  onMarker: (number: number) => void;
}

/** An answer as elements; nothing of it becomes HTML. */
export function Formatted({ text, ...props }: Props) {
  return (
    <>
      {format(text).map((block, at) => {
        const key = `${block.kind}${at}`;
        if (block.kind === "list") {
          const items = block.items.map((item, place) => (
            <li key={`${key}.${place}`}>
              <Line pieces={item} {...props} />
            </li>
          ));
          return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
        }
        return (
          <p key={key}>
            {block.lines.map((line, place) => (
              <>
                {place > 0 && <br />}
                <Line pieces={line} {...props} />
              </>
            ))}
          </p>
        );
      })}
    </>
  );
}

function Line({ pieces, t, markers, onMarker }: Omit<Props, "text"> & { pieces: Inline[] }) {
  return (
    <>
      {pieces.map((piece) => {
        if (piece.kind === "text") return piece.text;
        if (piece.kind === "bold") return <strong>{piece.text}</strong>;
        if (piece.kind === "link")
          return (
            <a href={piece.url} target="_blank" rel="noopener noreferrer nofollow">
              {piece.text}
            </a>
          );
        if (!markers.includes(piece.number)) return null;
        return (
          <button
            type="button"
            class="w-cite"
            aria-label={t.source(piece.number)}
            onClick={() => onMarker(piece.number)}
          >
            {piece.number}
          </button>
        );
      })}
    </>
  );
}
