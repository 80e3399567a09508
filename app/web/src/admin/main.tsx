import { EmptyState, mount, Shell } from "../design";
import { t } from "./messages";

mount({
  face: "admin",
  base: "/admin",
  title: () => `${t.title} · Freshet`,
  roles: ["editor", "admin"],
  page: () => (
    <Shell face="admin">
      <EmptyState icon="database" title={t.title} />
    </Shell>
  ),
});
