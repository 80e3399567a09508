import { EmptyState, mount, Shell } from "../design";
import { t } from "./messages";

mount({
  face: "ask",
  base: "/ask",
  title: () => `${t.title} · Freshet`,
  roles: ["employee", "agent", "editor", "admin"],
  page: () => (
    <Shell face="ask">
      <EmptyState icon="chat" title={t.title} />
    </Shell>
  ),
});
