"""How a browser tells that a stored text was taken for more than text."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

from tests.e2e.stored.payloads import RAN, marks

_LOCAL = frozenset({"blob", "data", "about"})
_LOOK = """
(ran) => {
  const found = [], told = [];
  const never = ['iframe', 'frame', 'object', 'embed', 'base', 'math'];
  const addresses = ['href', 'xlink:href', 'src', 'data', 'action', 'formaction', 'background', 'poster'];
  const isOdd = (address, leads) => {
    try {
      const { protocol, host, href } = new URL(address, location.origin);
      if (protocol === 'blob:' || href.startsWith('data:image/')) return leads;
      if (protocol === 'http:' || protocol === 'https:') return !leads && host !== location.host;
      return protocol !== 'mailto:';
    } catch { return false; }
  };
  const look = (element) => {
    const name = element.localName;
    const odd = never.includes(name) || (name === 'meta' && element.httpEquiv) || (name === 'script' && !element.src)
      || (name === 'style' && /@import|url\\(/.test(element.textContent));
    const oddAttribute = ({ name: key, value }) => /^on|^srcdoc$/i.test(key)
      || (key === 'style' && /url\\(|expression/i.test(value))
      || (addresses.includes(key) && isOdd(value, name === 'a'));
    if (odd || [...element.attributes].some(oddAttribute)) found.push(element.outerHTML.slice(0, 200));
    if ('value' in element) told.push(String(element.value ?? ''));
    if (element.shadowRoot) walk(element.shadowRoot);
  };
  const walk = (root) => {
    root.querySelectorAll('*').forEach(look);
    for (const child of root.children) told.push(child.innerText ?? '');
  };
  walk(document);
  return [found, told.join('\\n'), window[ran]];
}
"""
"""What these pages never hold; what people read, in fields and shadow roots too; and what ran."""


class Watch:
    """Follows all pages of browser sessions; `troubles` says what happened, and where."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.troubles: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        """Watch everything that any page of this session does."""
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note("an error of the page", str(error.error)))

    def look(self, page: Page) -> set[int]:
        """Look through the page as it stands; the numbers of the payloads that can be read on it."""
        found, told, ran = page.evaluate(_LOOK, RAN)
        for one in dict.fromkeys(found):
            self._note(f"more than text on {page.url}", one)
        if ran is not None:
            self._note(f"ran on {page.url}", str(ran))
        return marks(told)

    def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # the pages' own question before unsaved work is lost
            self._note("a dialog", dialog.message)
        dialog.accept()

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL and parts.netloc != self._host:
            self._note("a request to elsewhere", request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self._note("stopped by nothing but the policy", message.text)

    def _note(self, what: str, detail: str) -> None:
        self.troubles.append(f"{what}: {detail[:300]}")
