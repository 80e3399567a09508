import MarkdownIt from "markdown-it";

type Renderer = ReturnType<typeof MarkdownIt>;

const SAFE = /^(https?:|mailto:)/i;

/** Markdown as HTML that is safe to insert: no HTML of the text's own, words in place of images, links to http, https and mailto only. */
const plain = make(false);

/** The same, with `[1]` as `<button class="f-cite" data-marker="1">`. */
const cited = make(true);

/**
 * Markdown as safe HTML; `markers` turns the markers of citations (`[1]`, `[2][3]`) into buttons, whose clicks the page
 * takes at their container (`event.target.closest(".f-cite")`).
 */
export function renderMarkdown(text: string, options: { markers?: boolean } = {}): string {
  return (options.markers ? cited : plain).render(text);
}

function make(markers: boolean): Renderer {
  const md = new MarkdownIt({ html: false, linkify: true, typographer: false, breaks: true });
  md.renderer.rules.image = (tokens, index) => md.utils.escapeHtml(tokens[index]?.content ?? "");
  md.validateLink = (url) => SAFE.test(url.trim());
  const open = md.renderer.rules.link_open;
  md.renderer.rules.link_open = (tokens, index, options, env, self) => {
    tokens[index]?.attrSet("target", "_blank");
    tokens[index]?.attrSet("rel", "noopener noreferrer nofollow");
    return open ? open(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
  };
  if (markers) addMarkers(md);
  return md;
}

function addMarkers(md: Renderer): void {
  md.inline.ruler.before("link", "marker", (state, silent) => {
    const found = /^\[(\d{1,3})\](?!\()/.exec(state.src.slice(state.pos, state.pos + 6));
    if (!found) return false;
    if (!silent) state.push("marker", "button", 0).content = found[1] ?? "";
    state.pos += found[0].length;
    return true;
  });
  md.renderer.rules.marker = (tokens, index) => {
    const number = tokens[index]?.content ?? "";
    return `<button type="button" class="f-cite" data-marker="${number}">${number}</button>`;
  };
}
