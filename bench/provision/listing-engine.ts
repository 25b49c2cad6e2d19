/**
 * A Docker engine as far as its list of running containers goes: a process of its own, so that what an engine spends is no
 * part of what is measured. It is told its containers by its parent, and tells back what it was asked.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { InstanceSpec } from "../../packages/control-plane/src/index.ts";
import { listedContainer } from "../../packages/control-plane/test/support/listed-container.ts";

/** What runs there, one port after the other. */
export interface Fleet {
  readonly specs: readonly InstanceSpec[];
  readonly firstPort: number;
}

const [{ specs, firstPort }] = (await once(process, "message")) as [Fleet];
const policy = { images: { demo: "automna/demo:local" } };
const list = JSON.stringify(
  specs.map((spec, n) => listedContainer(spec, { policy, port: firstPort + n, address: "10.213.0.2" })),
);
let requests = 0;

const server = createServer((req, res) => {
  const [, path = ""] = /^(?:\/v[\d.]+)?(\/[^?]*)/.exec(req.url ?? "") ?? [];
  // What is told as it happens goes on as long as somebody listens.
  if (path === "/events") return res.writeHead(200).flushHeaders();
  requests += 1;
  if (path === "/containers/json") return res.end(list);
  if (path === "/version") return res.end('{"ApiVersion":"1.44","MinAPIVersion":"1.12"}');
  return res.writeHead(500).end('{"message":"It knows its list alone."}');
});
await once(server.listen(0, "127.0.0.1"), "listening");
process.on("message", () => process.send?.({ requests }));
process.send?.({ port: (server.address() as AddressInfo).port, bytes: Buffer.byteLength(list) });
