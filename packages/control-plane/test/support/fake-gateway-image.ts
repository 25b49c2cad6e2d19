import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBaseImage } from "../../../../deploy/gateway-image/base-image.ts";
import { dockerOn } from "../../../../deploy/gateway-image/docker-command.ts";
import type { dockerClient } from "./engine-objects.ts";

const REPOSITORY = "automna-test/fake-gateway";

export const FAKE_GATEWAY_IMAGE = `${REPOSITORY}:1`;
/** What an upgrade moves to. */
export const NEXT_FAKE_GATEWAY_IMAGE = `${REPOSITORY}:2`;

/** The next version, which is the same but for its name. */
export async function tagNextFakeGateway(docker: ReturnType<typeof dockerClient>): Promise<void> {
  await docker.getImage(FAKE_GATEWAY_IMAGE).tag({ repo: REPOSITORY, tag: "2" });
}

/** The fake gateway where the demo gateway's image has the demo, and where OpenClaw's has OpenClaw. */
export function buildFakeGatewayImage(dockerHost: string): void {
  const docker = dockerOn(dockerHost);
  const base = buildBaseImage(docker);
  const folder = mkdtempSync(join(tmpdir(), "automna-fake-image-"));
  try {
    const source = readFileSync(new URL("fake-gateway.ts", import.meta.url), "utf8");
    writeFileSync(join(folder, "gateway.mjs"), stripTypeScriptTypes(source));
    writeFileSync(
      join(folder, "Dockerfile"),
      `FROM ${base}\nCOPY gateway.mjs /app/gateway.mjs\nCOPY gateway.mjs /app/dist/index.js\nUSER 1000:1000\n`,
    );
    docker.pipe(
      ["tar", "-c", "-C", folder, "."],
      ["build", "--network", "none", "-t", FAKE_GATEWAY_IMAGE, "-"],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
