import { catalogue } from "../lib/i18n";

export const t = catalogue({ en: { title: "Ask" }, zh: { title: "问答" } });
