import "./admin.css";
import { mount } from "../design";
import { Frame } from "./Frame";
import { t } from "./messages";

mount({
  face: "admin",
  base: "/admin",
  title: () => `${t.title} · Freshet`,
  roles: ["editor", "admin"],
  page: () => <Frame />,
});
