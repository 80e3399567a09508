/** What the side panel shows: one citation, or nothing. */
import { signal } from "@preact/signals";
import type { Citation } from "./model";

export interface Shown {
  citation: Citation;
  turnId: string;
}

export const shown = signal<Shown | null>(null);
let before: Element | null = null;

export function show(citation: Citation, turnId: string): void {
  if (!shown.value) before = document.activeElement;
  shown.value = { citation, turnId };
}

export function closePanel(): void {
  shown.value = null;
  if (before instanceof HTMLElement && before.isConnected) before.focus();
  before = null;
}
