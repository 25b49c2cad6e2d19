import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where a secret was looked for, and what stands there. */
interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** A literal that must stand nowhere. */
interface Secret {
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

/** What the list of processes and their environments show of every process but those of the test itself. */
export async function processPlaces(): Promise<Place[]> {
  const own = new Set([String(process.pid), String(process.ppid)]);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && !own.has(name));
  const read = (file: string) =>
    Promise.all(pids.map((pid) => readFile(join("/proc", pid, file)).catch(() => Buffer.alloc(0))));
  return [
    { name: "the environments", content: Buffer.concat(await read("environ")) },
    { name: "the command lines", content: Buffer.concat(await read("cmdline")) },
  ];
}
