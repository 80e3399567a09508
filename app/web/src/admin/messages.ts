import { catalogue } from "../lib/i18n";

export const t = catalogue({ en: { title: "Portal" }, zh: { title: "管理后台" } });
