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
const ADMINS: readonly Role[] = ["admin"];

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
    path: "/admin/rules",
    title: () => t.rules,
    icon: "shield",
    roles: EDITORS,
    group: "knowledge",
    load: () => import("./rules/RuleSets").then((part) => part.RuleSets),
  },
  {
    path: "/admin/conversations",
    title: () => t.turns,
    icon: "chat",
    roles: EDITORS,
    group: "conversations",
    load: () => import("./turns/Turns").then((part) => part.Turns),
  },
  {
    path: "/admin/feedback",
    title: () => t.feedback,
    icon: "thumbs-down",
    roles: EDITORS,
    group: "conversations",
    load: () => import("./turns/Turns").then((part) => part.FeedbackInbox),
  },
  {
    path: "/admin/users",
    title: () => t.users,
    icon: "user",
    roles: ADMINS,
    group: "people",
    load: () => import("./people/Users").then((part) => part.Users),
  },
  {
    path: "/admin/groups",
    title: () => t.groups,
    icon: "users",
    roles: ADMINS,
    group: "people",
    load: () => import("./people/Groups").then((part) => part.Groups),
  },
  {
    path: "/admin/keys",
    title: () => t.keys,
    icon: "key",
    roles: ADMINS,
    group: "people",
    load: () => import("./people/Keys").then((part) => part.Keys),
  },
  {
    path: "/admin/sites",
    title: () => t.sites,
    icon: "globe",
    roles: ADMINS,
    group: "people",
    load: () => import("./people/Sites").then((part) => part.Sites),
  },
  {
    path: "/admin/audit",
    title: () => t.audit,
    icon: "history",
    roles: ADMINS,
    group: "people",
    load: () => import("./people/Audit").then((part) => part.Audit),
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
