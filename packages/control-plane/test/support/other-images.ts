import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import type Docker from "dockerode";
import { tarArchive } from "../../src/drivers/docker/tar.ts";
import { FAKE_GATEWAY_IMAGE } from "./fake-gateway-image.ts";

/** Where the image has the fake gateway, for a program that becomes it in the end. */
export const FAKE_GATEWAY_PROGRAM = "/app/fake.mjs";

/** The fake gateway's image with another program in its place. */
export async function imageWithProgram(docker: Docker, tag: string, program: string): Promise<string> {
  const repo = "automna-test/other-gateway";
  const fake = stripTypeScriptTypes(readFileSync(new URL("fake-gateway.ts", import.meta.url), "utf8"));
  const carrier = await docker.createContainer({ Image: FAKE_GATEWAY_IMAGE, Cmd: ["true"] });
  const file = (path: string, content: string) => ({ path, mode: 0o644, uid: 0, content });
  await carrier.putArchive(
    tarArchive([file("app/gateway.mjs", program), file(FAKE_GATEWAY_PROGRAM.slice(1), fake)]),
    { path: "/" },
  );
  await carrier.commit({ repo, tag });
  await carrier.remove();
  return `${repo}:${tag}`;
}
