import { mount } from "../design";
import { AgentPage } from "./AgentPage";
import { t } from "./messages";
import { calls } from "./state";

mount({
  face: "agent",
  base: "/agent",
  title: () => `${calls.value ? `(${calls.value}) ` : ""}${t.title} · Freshet`,
  roles: ["agent", "admin"],
  page: () => <AgentPage />,
});
