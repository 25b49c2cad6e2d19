import { dirname } from "node:path";
import { parseEnv } from "node:util";
import type { ContainerInspectInfo } from "dockerode";
import { createRedactor, withoutMinted } from "../../redaction.ts";
import type { Engine } from "./engine.ts";
import { isMissing } from "./engine.ts";
import { filesIn } from "./tar.ts";

const ENV_FILE_OPTION = "--env-file=";

/** The last lines of a container's output. What stands in its secrets' files is replaced. */
export async function containerLog(
  engine: Engine,
  { Id: containerId, Config }: Pick<ContainerInspectInfo, "Id" | "Config">,
  lines: number,
): Promise<readonly string[]> {
  const secretsFile = Config.Cmd.find((word) => word.startsWith(ENV_FILE_OPTION))?.slice(
    ENV_FILE_OPTION.length,
  );
  const [output, secrets] = await Promise.all([
    engine.ask((docker, abortSignal) =>
      docker
        .getContainer(containerId)
        .logs({ stdout: true, stderr: true, follow: false, tail: lines, abortSignal }),
    ),
    secretsFile === undefined ? [] : secretsIn(engine, containerId, dirname(secretsFile)),
  ]);
  const text = withoutMinted(createRedactor(secrets).text(plainText(output)));
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
    return secretsInArchive(archive);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** What must not be shown of an archive of a container's files. */
export function secretsInArchive(archive: Buffer): readonly string[] {
  return filesIn(archive).flatMap(({ path, content }) => {
    if (path.endsWith(".env")) return valuesIn(content);
    // A rewrite that was cut off leaves there what one of the others has: nothing says which.
    if (path.endsWith("/.next")) return [content, ...valuesIn(content)];
    // Every other file but the configuration is one secret. Our name in there is known by its form.
    return path.endsWith(".json") ? [] : [content];
  });
}

function valuesIn(environment: string): readonly string[] {
  return Object.values(parseEnv(environment)).flatMap((value) => value ?? []);
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
