import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright";

/** Where a secret was looked for, and what stands there. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** A literal that must stand nowhere. */
export interface Secret {
  readonly name: string;
  readonly literal: string;
}

/** "secret in place" for each that was found. A secret that is none, or a place without anything, is a finding too. */
export function findings(secrets: readonly Secret[], places: readonly Place[]): string[] {
  const short = secrets.filter(({ literal }) => literal.length < 8).map(({ name }) => `${name} is no secret`);
  const empty = places.filter(({ content }) => content.length === 0).map(({ name }) => `${name} is empty`);
  const found = places.flatMap(({ name: place, content }) =>
    secrets.flatMap(({ name, literal }) =>
      spellings(literal).some((spelling) => content.includes(spelling)) ? [`${name} in ${place}`] : [],
    ),
  );
  return [...short, ...empty, ...found];
}

function spellings(literal: string): string[] {
  return [...new Set([literal, encodeURIComponent(literal), Buffer.from(literal).toString("base64")])];
}

/**
 * What the list of processes and their environments show of every process but those of the test itself: also of those
 * in containers.
 */
export async function processPlaces(): Promise<Place[]> {
  const own = new Set([String(process.pid), String(process.ppid)]);
  const pids = (await readdir("/proc")).filter((pid) => /^\d+$/.test(pid) && !own.has(pid));
  const read = (file: string) =>
    Promise.all(pids.map((pid) => readFile(join("/proc", pid, file)).catch(() => Buffer.alloc(0))));
  return [
    { name: "the environments", content: Buffer.concat(await read("environ")) },
    { name: "the command lines", content: Buffer.concat(await read("cmdline")) },
  ];
}

/** The files of a folder and of those in it, as they lie on the disk. */
export async function filePlaces(folder: string, name: string): Promise<Place[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0))),
  );
  return [{ name, content: Buffer.concat(contents) }];
}

/** Collects the head and body of every answer from an origin, and what its sockets carried, from now on. */
export function collectAnswers(context: BrowserContext, origin: string): { place(): Place } {
  const pieces: Buffer[] = [];
  const keep = (piece: string | Buffer) => void pieces.push(Buffer.from(piece));
  context.on("response", (response) => {
    if (!response.url().startsWith(origin)) return;
    // Without the cookies, which are the browser's to keep.
    keep(JSON.stringify(response.headers()));
    // One that is still going on at the end, or that the browser has thrown away, has no body to read.
    response.body().then(keep, () => undefined);
  });
  context.on("page", (page) =>
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => keep(payload))),
  );
  return { place: () => ({ name: "the browser's answers", content: Buffer.concat(pieces) }) };
}
