import type { DockerMachine } from "./docker-machine.ts";
import type { Listener } from "./machine-world.ts";

/** Prints what came of each attempt to connect, within so many milliseconds. */
const KNOCK = `const net = require("node:net");
const [targets, patience] = process.argv.slice(1).map((text) => JSON.parse(text));
const knock = ({ host, port }) => new Promise((resolve) => {
  const socket = net.connect({ host, port }).setTimeout(patience);
  socket.on("connect", () => resolve("open")).on("error", (e) => resolve(e.code)).on("timeout", () => resolve("silence"));
});
Promise.all(targets.map(knock)).then((all) => { console.log(JSON.stringify(all)); process.exit(); });`;

/** What Node is told so that it prints what comes of connecting. Nobody need wait long for what must not answer. */
export function knockAt(targets: readonly Listener[], patienceMs = 2_000): string[] {
  return ["-e", KNOCK, JSON.stringify(targets), String(patienceMs)];
}

/** What comes of connecting from inside of a running container: `open`, `silence`, or the code of the refusal. */
export async function knockFrom(
  { docker }: DockerMachine,
  container: string,
  ...asked: Parameters<typeof knockAt>
): Promise<string[]> {
  return JSON.parse(await docker("exec", container, "node", ...knockAt(...asked)));
}
