import type { Observation, Probe } from "../../src/index.ts";

/** The fake gateway speaks HTTP only: an answer is proof enough. */
export function reachedByHttp(ask: (observed: Observation, path: string) => Promise<unknown>): Probe {
  return async ({ target }) => {
    try {
      await ask({ status: "running", revision: "", target, startedAt: 0 }, "/");
      return { status: "ready", protocol: 0, version: "fake" };
    } catch (error) {
      return { status: "unreachable", reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** From this machine. */
export async function askOverHttp(observed: Observation, path: string): Promise<unknown> {
  if (observed.status !== "running") throw new Error(`The gateway is ${observed.status}.`);
  const { host, port } = observed.target;
  const answer = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(20_000) });
  return answer.json();
}
