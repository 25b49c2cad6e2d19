import { createHash } from "node:crypto";

export interface PublishPolicy {
  readonly firstPort: number;
  readonly lastPort: number;
}

/**
 * In which order a container tries the ports: each begins at a place of its own, where it mostly was the time before. A
 * port that somebody has just left, and where people are perhaps still sent, so goes to hardly anybody else.
 */
export function* portsInOrder(
  containerName: string,
  { firstPort, lastPort }: PublishPolicy,
): Generator<number> {
  const count = lastPort - firstPort + 1;
  const begin = createHash("sha256").update(containerName).digest().readUInt32BE() % count;
  for (let step = 0; step < count; step++) yield firstPort + ((begin + step) % count);
}
