import { mount } from "../design";
import "./home.css";
import { session } from "../lib/session";
import { Home } from "./Home";
import { t } from "./messages";
import { Welcome } from "./Welcome";

mount({
  face: "home",
  base: "/",
  title: () => t.title,
  page: () => (session.value ? <Home /> : <Welcome />),
});
