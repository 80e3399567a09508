import { catalogue } from "../lib/i18n";

export const t = catalogue({ en: { title: "Inbox" }, zh: { title: "客服工作台" } });
