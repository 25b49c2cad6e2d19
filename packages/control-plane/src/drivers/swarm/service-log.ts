import { createRedactor, withoutMinted } from "../../redaction.ts";
import { plainText } from "../docker/container-log.ts";
import type { Engine } from "../docker/engine.ts";

/** The last lines that a service's tasks have written, wherever they run. */
export async function serviceLog(
  engine: Engine,
  serviceId: string,
  secrets: readonly string[],
  lines: number,
): Promise<readonly string[]> {
  // The types promise a stream; without `follow` it is all that there is.
  const output: unknown = await engine.ask((docker, abortSignal) =>
    docker
      .getService(serviceId)
      .logs({ stdout: true, stderr: true, follow: false, tail: lines, abortSignal }),
  );
  const text = Buffer.isBuffer(output) ? plainText(output) : "";
  return withoutMinted(createRedactor(secrets).text(text))
    .split("\n")
    .filter((line) => line !== "")
    .slice(-lines);
}
