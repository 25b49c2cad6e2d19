/** `server.ts` with one slow page in the place of Next, whose build takes longer than what is tested. */
import { setTimeout as sleep } from "node:timers/promises";
import { runServer } from "../../src/server/run-server.ts";

await runServer(process.env, import.meta.dirname, () =>
  Promise.resolve({
    async handleRequest(_req, res) {
      res.write("first half, ");
      await sleep(500);
      res.end("second half");
    },
    handleUpgrade: (_req, socket) => socket.destroy(),
    close: () => Promise.resolve(),
  }),
);
