import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineAddress } from "@automna/control-plane/containers";
import { ConfigError } from "../config-error.ts";
import { isLoopback } from "../loopback.ts";

/** The files that Docker's own client looks for in `DOCKER_CERT_PATH`. */
const FILES = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" } as const;

/**
 * How an app's engines are spoken to.
 *
 * @param folder Where the files of their TLS are; null: it is not used.
 * @throws ConfigError naming the file that cannot be read.
 */
export async function engineAddresses(
  hosts: readonly string[],
  folder: string | null,
): Promise<EngineAddress[]> {
  if (folder === null) return hosts.map((host) => ({ host }));
  const read = (file: string) => readPart(join(folder, file));
  const [ca, cert, key] = await Promise.all([read(FILES.ca), read(FILES.cert), read(FILES.key)]);
  return hosts.map((host) => ({ host, tls: { ca, cert, key } }));
}

/** Those that others than this machine may reach, and that are spoken to in the clear. */
export function exposedEngines(hosts: readonly string[], folder: string | null): string[] {
  if (folder !== null) return [];
  return hosts.filter((host) => {
    const url = URL.parse(host);
    return url !== null && url.protocol !== "unix:" && !isLoopback(url.hostname);
  });
}

function readPart(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ConfigError([
      `${file} cannot be read (${code}): put it there, as Docker's own client wants it, or unset DOCKER_CERT_PATH.`,
    ]);
  });
}
