import type { Tone } from "../../design";

export type DocumentState = "queued" | "parsing" | "indexing" | "ready" | "failed" | "dropped" | "deleted";

export const STATES: readonly DocumentState[] = ["queued", "parsing", "indexing", "ready", "failed", "dropped"];

/** A document as the API lists it; what editors see. */
export interface DocumentRow {
  id: string;
  source: string;
  key: string;
  kind: string;
  title: string;
  url: string;
  language: string;
  state: DocumentState;
  version: number;
  updated_at: string;
  filename?: string;
  size_bytes?: number;
  content_type?: string;
  readers?: string[];
  reason?: string;
  progress?: { stage?: string; page?: number; pages?: number };
  chunks?: number;
  revision?: number;
  metadata?: Record<string, string>;
  uploaded_by?: string;
}

export interface DocumentPage {
  documents: DocumentRow[];
  next_cursor: string | null;
  total?: number | null;
  states?: Record<string, number> | null;
}

export interface Limits {
  max_file_bytes: number;
  piece_bytes: number;
  refused_extensions: string[];
}

export const UPLOADED = "files";

export function toneOf(state: DocumentState): Tone {
  if (state === "ready") return "success";
  if (state === "failed") return "danger";
  return state === "dropped" || state === "deleted" ? "neutral" : "info";
}

export function isUnderWay(state: DocumentState): boolean {
  return state === "queued" || state === "parsing" || state === "indexing";
}

/** How a file can be shown in the page: as a picture, as pages, as text, or only to be saved. */
export function previewOf(
  document: Pick<DocumentRow, "filename" | "content_type">,
): "image" | "pages" | "text" | "none" {
  const name = document.filename?.toLowerCase() ?? "";
  const type = document.content_type?.toLowerCase() ?? "";
  if (name.endsWith(".pdf") || type === "application/pdf") return "pages";
  if (/\.(png|jpe?g|gif|webp|bmp)$/.test(name)) return "image";
  if (/\.(txt|md|markdown|csv|tsv|json|jsonl|log|xml|html?|eml|adoc|rst|ya?ml)$/.test(name)) return "text";
  return type.startsWith("text/") ? "text" : "none";
}
