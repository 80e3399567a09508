import { catalogue } from "../lib/i18n";

/** Words of the frame; each section has its own beside it. */
export const t = catalogue({
  en: {
    title: "Portal",
    knowledge: "Knowledge",
    conversations: "Conversations",
    people: "People",
    operation: "Operation",
    documents: "Documents",
    sources: "Sources",
    cleaning: "Cleaning packs",
    letters: "Dead letters",
    system: "System",
    unknown: "There is no such page in the portal",
    toDocuments: "To the documents",
  },
  zh: {
    title: "管理后台",
    knowledge: "知识",
    conversations: "会话",
    people: "人员",
    operation: "运维",
    documents: "文档",
    sources: "数据源",
    cleaning: "清洗规则包",
    letters: "死信",
    system: "系统",
    unknown: "管理后台中没有这个页面",
    toDocuments: "前往文档",
  },
});
