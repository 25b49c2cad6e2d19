import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { engineAddresses, exposedEngines } from "../src/server/engine-address.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const HOSTS = ["tcp://10.0.0.5:2376", "unix:///var/run/docker.sock"];

async function folderWith(...files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) await writeFile(join(folder, file), `what ${file} holds`);
  return folder;
}

test("every engine is spoken to by the files of the folder", async () => {
  const tls = { ca: "what ca.pem holds", cert: "what cert.pem holds", key: "what key.pem holds" };
  expect(await engineAddresses(HOSTS, await folderWith("ca.pem", "cert.pem", "key.pem"))).toEqual(
    HOSTS.map((host) => ({ host, tls })),
  );
});

test("a file that is not there is named, and nothing is spoken to without it", async () => {
  const folder = await folderWith("ca.pem", "cert.pem");
  await expect(engineAddresses(HOSTS, folder)).rejects.toMatchObject({
    code: "config-invalid",
    problems: [expect.stringContaining(`${folder}/key.pem cannot be read (ENOENT)`)],
  });
});

test("without a folder they are spoken to in the clear", async () => {
  expect(await engineAddresses(HOSTS, null)).toEqual(HOSTS.map((host) => ({ host })));
});

test("those that others may reach are warned of, unless TLS guards them", () => {
  const near = [
    "unix:///var/run/docker.sock",
    "tcp://127.0.0.1:2375",
    "tcp://[::1]:2375",
    "tcp://localhost:2375",
  ];
  const far = ["tcp://10.0.0.5:2375", "http://engine.internal:2375"];
  expect(exposedEngines([...near, ...far], null)).toEqual(far);
  expect(exposedEngines([...near, ...far], "/etc/docker")).toEqual([]);
});
