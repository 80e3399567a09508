/** The prefix Freshet is served under ("" at the root of a host); app/pages.py writes it into the page. */
export function root(): string {
  return globalThis.document?.querySelector<HTMLMetaElement>('meta[name="freshet-root"]')?.content ?? "";
}

/** The address of a page or route of Freshet: `href("/admin/sources")`. */
export function href(path: string): string {
  return root() + path;
}
