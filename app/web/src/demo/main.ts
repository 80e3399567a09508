/** The shop's own script: its language switch, and who is signed in. The widget comes by its own line in demo.html. */
import { href } from "../lib/paths";

interface Widget {
  open(): void;
  identify(identity: unknown): Promise<void>;
}

/** An order that each customer of the sample has on its way, so that there is something to ask for. */
const ORDERS: Record<string, string> = { "lucas.meier": "SO-10303", "wei.zhang": "SO-10302" };
const KEPT = "tassberg.customer";

const choice = document.querySelector<HTMLSelectElement>("#customer");
const order = document.querySelector<HTMLElement>("#order");

const widget = () => (globalThis as { Freshet?: Widget }).Freshet;

/** As a shop's server would: it signs who the customer is; null where this is not the sample's shop. */
async function signedIdentity(user: string): Promise<unknown> {
  const answer = await fetch(href("/v1/widget/demo"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  return answer.ok ? answer.json() : null;
}

async function signIn(user: string): Promise<void> {
  sessionStorage.setItem(KEPT, user);
  showOrder(user);
  await widget()?.identify(user ? await signedIdentity(user) : null);
}

function showOrder(user: string): void {
  if (!order) return;
  order.hidden = !ORDERS[user];
  const zh = document.documentElement.lang.startsWith("zh");
  order.textContent = zh ? `您最近的订单：${ORDERS[user]}` : `Your latest order: ${ORDERS[user]}`;
}

function onWidget(run: () => void): void {
  if (widget()) run();
  else document.addEventListener("freshet:ready", run, { once: true });
}

async function start(): Promise<void> {
  const kept = sessionStorage.getItem(KEPT) ?? "";
  const signed = await signedIdentity(kept || "lucas.meier").catch(() => null);
  if (!choice || signed === null) return;
  choice.closest("label")?.removeAttribute("hidden");
  choice.value = kept;
  choice.addEventListener("change", () => void signIn(choice.value));
  showOrder(kept);
  if (kept) onWidget(() => void widget()?.identify(signed));
}

document.querySelector("#language")?.addEventListener("click", () => {
  const zh = document.documentElement.lang.startsWith("zh");
  localStorage.setItem("freshet.language", JSON.stringify(zh ? "en" : "zh"));
  location.reload();
});
document.querySelector("[data-chat]")?.addEventListener("click", () => onWidget(() => widget()?.open()));
void start();
