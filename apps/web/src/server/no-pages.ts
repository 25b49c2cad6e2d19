import type { Pages } from "./dispatcher.ts";
import { renderProblem } from "./problem.ts";

/** In the place of Next, where a process only routes. */
export const NO_PAGES: Pages = {
  handleRequest(_req, res) {
    const { headers, body } = renderProblem({
      status: 404,
      code: "no-pages-here",
      title: "Not found",
      detail:
        "This process only routes to gateways. Send everything but /i/ and /api/auth/session/ to one with pages.",
    });
    res.writeHead(404, { ...headers, connection: "close" }).end(body);
    return Promise.resolve();
  },
  handleUpgrade: (_req, socket) => socket.destroy(),
};
