import { EmptyState, mount, Shell } from "../design";
import { t } from "./messages";

mount({
  face: "agent",
  base: "/agent",
  title: () => `${t.title} · Freshet`,
  roles: ["agent", "admin"],
  page: () => (
    <Shell face="agent">
      <EmptyState icon="headset" title={t.title} />
    </Shell>
  ),
});
