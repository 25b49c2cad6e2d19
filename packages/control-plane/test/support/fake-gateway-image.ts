import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBaseImage } from "../../../../deploy/gateway-image/base-image.ts";
import { dockerOn } from "../../../../deploy/gateway-image/docker-command.ts";

export const FAKE_GATEWAY_IMAGE = "automna-test/fake-gateway:1";

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
