/** Every component on one page, in development only: `npm run dev`, then /gallery.html. Not part of the build. */

import { session } from "../../lib/session";
import { mount, PageHead, Shell } from "..";
import { Data } from "./data";
import { Controls, Messages, Overlays } from "./parts";

session.value = {
  tenant: "default",
  user: "ann",
  display_name: "Ann Li",
  roles: ["admin"],
  groups: [],
  csrf_token: "",
  expires_at: "2099-01-01T00:00:00Z",
};

mount({
  face: "admin",
  base: "/gallery.html",
  title: () => "Gallery · Freshet",
  page: () => (
    <Shell
      face="admin"
      nav={[
        {
          label: "Knowledge",
          items: [
            { to: "/gallery.html", label: "Documents", icon: "document" },
            { to: "/gallery/sources", label: "Sources", icon: "database", count: 2 },
            { to: "/gallery/packs", label: "Cleaning packs", icon: "sparkle" },
          ],
        },
        {
          label: "Quality",
          items: [
            { to: "/gallery/rules", label: "Rules", icon: "shield" },
            { to: "/gallery/chat", label: "Conversations", icon: "chat" },
          ],
        },
      ]}
    >
      <PageHead title="Gallery" description="Every component, for the eye. 每个组件一览。" />
      <div class="f-stack">
        <Controls />
        <Data />
        <Messages />
        <Overlays />
      </div>
    </Shell>
  ),
});
