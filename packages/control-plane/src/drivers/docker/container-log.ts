import { parseEnv } from "node:util";
import { createRedactor } from "../../redaction.ts";
import type { Engine } from "./engine.ts";
import { isMissing } from "./engine.ts";
import { firstFile } from "./tar.ts";

/** The last lines of a container's output. What stands in its secrets file is replaced. */
export async function containerLog(
  engine: Engine,
  containerId: string,
  secretsFile: string,
  lines: number,
): Promise<readonly string[]> {
  const [output, secrets] = await Promise.all([
    engine.ask((docker, abortSignal) =>
      docker
        .getContainer(containerId)
        .logs({ stdout: true, stderr: true, follow: false, tail: lines, abortSignal }),
    ),
    secretsIn(engine, containerId, secretsFile),
  ]);
  const text = createRedactor(secrets).text(plainText(output));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .slice(-lines);
}

async function secretsIn(engine: Engine, containerId: string, path: string): Promise<readonly string[]> {
  try {
    const archive = await engine.ask(async (docker, abortSignal) => {
      const stream = await docker.getContainer(containerId).getArchive({ path, abortSignal });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    });
    return Object.values(parseEnv(firstFile(archive) ?? "")).flatMap((value) => value ?? []);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The engine sends both streams in one, each piece after an 8-byte header whose last four are its length. */
export function plainText(output: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= output.length;) {
    const end = at + 8 + output.readUInt32BE(at + 4);
    pieces.push(output.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString("utf8");
}
