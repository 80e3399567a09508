import { h, render } from "preact";
import { App, type Handle } from "./App";
import { Chat } from "./chat";
import { Client } from "./client";
import { type Identity, type Options, readOptions } from "./options";
import { Kept } from "./storage";
import { css } from "./styles";

const TAG = "freshet-chat";

/** What a page may call: `window.Freshet`. */
interface Api {
  open(): void;
  close(): void;
  identify(identity: Identity | null): Promise<void>;
  destroy(): void;
}

class FreshetChat extends HTMLElement {}

function begin(options: Options): Api {
  if (!customElements.get(TAG)) customElements.define(TAG, FreshetChat);
  const element = document.createElement(TAG);
  element.setAttribute("position", options.position);
  element.setAttribute("theme", options.theme);
  const root = element.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  for (const name of ["keydown", "keyup", "keypress", "input", "paste"])
    root.addEventListener(name, (event) => event.stopPropagation()); // the page's shortcuts are not for what is written here

  const kept = new Kept(options.site, () => localStorage);
  const tab = new Kept(options.site, () => sessionStorage);
  const client = new Client(options.base, options.site, kept);
  client.identity = options.identity;
  const chat = new Chat(client, kept, tab);
  let handle: Handle | undefined;
  const onReady = (given: Handle) => {
    handle = given;
  };
  document.body.append(element);
  render(h(App, { chat, options, kept, tab, onReady }), root);
  return {
    open: () => handle?.setOpen(true),
    close: () => handle?.setOpen(false),
    identify: (identity) => chat.identify(identity),
    destroy: () => {
      chat.leave();
      render(null, root);
      element.remove();
      Reflect.deleteProperty(globalThis, "Freshet");
    },
  };
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !("Freshet" in globalThis)) {
  const options = readOptions(script);
  const start = () => {
    Object.defineProperty(globalThis, "Freshet", { value: Object.freeze(begin(options)), configurable: true });
    document.dispatchEvent(new Event("freshet:ready"));
  };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
}
