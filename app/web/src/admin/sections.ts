import type { ComponentType } from "preact";
import type { IconName } from "../design";
import type { Role } from "../lib/session";
import { t } from "./messages";

/** One part of the portal; its script is fetched when it is first opened. */
export interface Section {
  /** Everything at and below this path belongs to it. */
  path: `/admin/${string}`;
  title: () => string;
  icon: IconName;
  /** Who sees it. */
  roles: readonly Role[];
  /** The heading it stands under in the navigation. */
  group: "knowledge" | "conversations" | "people" | "operation";
  load: () => Promise<ComponentType>;
}

const EDITORS: readonly Role[] = ["editor", "admin"];

/** Every section, in the order of the navigation. One entry a section; each lives in a folder of its own. */
export const SECTIONS: readonly Section[] = [
  {
    path: "/admin/documents",
    title: () => t.documents,
    icon: "document",
    roles: EDITORS,
    group: "knowledge",
    load: () => import("./documents/Documents").then((part) => part.Documents),
  },
  {
    path: "/admin/sources",
    title: () => t.sources,
    icon: "database",
    roles: EDITORS,
    group: "knowledge",
    load: () => import("./sources/Sources").then((part) => part.Sources),
  },
  {
    path: "/admin/cleaning",
    title: () => t.cleaning,
    icon: "filter",
    roles: EDITORS,
    group: "knowledge",
    load: () => import("./packs/Packs").then((part) => part.Packs),
  },
  {
    path: "/admin/dead-letters",
    title: () => t.letters,
    icon: "inbox",
    roles: EDITORS,
    group: "operation",
    load: () => import("./letters/Letters").then((part) => part.Letters),
  },
  {
    path: "/admin/system",
    title: () => t.system,
    icon: "chart",
    roles: EDITORS,
    group: "operation",
    load: () => import("./system/System").then((part) => part.System),
  },
];
