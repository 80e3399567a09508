/** What only `npm run dev` needs: addresses of pages as app/pages.py serves them, and the way to an API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin, ProxyOptions } from "vite";

const api = process.env.FRESHET_API ?? "http://127.0.0.1:8000";
const token = process.env.FRESHET_TOKEN ?? "";

/** `/admin/documents/7` is admin.html, as on the real server; with FRESHET_TOKEN one is signed in as its owner. */
export function freshetDev(pages: readonly string[]): Plugin {
  return {
    name: "freshet-dev",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        const path = (request.url ?? "/").split("?")[0] ?? "/";
        if (token && path === "/v1/session" && request.method === "GET") {
          response.setHeader("Content-Type", "application/json");
          response.end(JSON.stringify(sessionOf(token)));
          return;
        }
        const page = path.split("/")[1] ?? "";
        if (page !== "" && pages.includes(page)) request.url = `/${page}.html`;
        next();
      });
    },
  };
}

/** The API at FRESHET_API, with FRESHET_TOKEN as bearer token where it is set. */
export function proxyToApi(): Record<string, ProxyOptions> {
  const options: ProxyOptions = { target: api, changeOrigin: false };
  if (token) options.headers = { Authorization: `Bearer ${token}` };
  const paths = ["/v1", "/healthz", "/readyz", "/version", "/docs", "/openapi.json", "/widget.js"];
  return Object.fromEntries(paths.map((path) => [path, options]));
}

function sessionOf(bearer: string): Record<string, unknown> {
  const claims = JSON.parse(Buffer.from(bearer.split(".")[1] ?? "", "base64url").toString("utf8"));
  return {
    tenant: claims.tenant ?? "default",
    user: claims.sub,
    display_name: claims.sub,
    roles: claims.roles ?? [],
    groups: claims.groups ?? [],
    csrf_token: "",
    expires_at: new Date(claims.exp * 1000).toISOString(),
  };
}
