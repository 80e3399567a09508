import { mount } from "../design";
import { AskPage } from "./AskPage";
import { t } from "./messages";

mount({
  face: "ask",
  base: "/ask",
  title: () => `${t.title} · Freshet`,
  roles: ["employee", "agent", "editor", "admin"],
  page: () => <AskPage />,
});
