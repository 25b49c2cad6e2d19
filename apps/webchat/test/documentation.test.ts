import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ENVIRONMENT, FLAGS } from "../src/config.ts";
import { main } from "../src/main.ts";
import { ENDPOINTS } from "../src/routes.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/webchat.md"), "utf8");

/** The cells of every table row whose first cell begins so. */
function rows(start: RegExp): string[][] {
  return page
    .split("\n")
    .filter((line) => start.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("the page lists exactly the flags there are, with their defaults", () => {
  expect(rows(/^\| `--/)).toEqual(FLAGS.map((flag) => [`--${flag.name}`, flag.default, flag.about]));
});

test("the page lists exactly the environment variables there are", () => {
  expect(rows(/^\| `[A-Z]+_/)).toEqual(ENVIRONMENT.map(({ name, about }) => [name, about]));
});

test("the page lists exactly the endpoints there are", () => {
  expect(rows(/^\| `(?:GET|POST) \//).map(([endpoint]) => endpoint)).toEqual([...ENDPOINTS]);
});

test("--help names every flag, and a mistake ends with code 1 and its sentence", async () => {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    isPerson: false,
  };
  expect(await main(["--help"], {}, "/home/alice", terminal)).toBe(0);
  for (const flag of FLAGS) expect(out.join("")).toContain(`--${flag.name}`);
  expect(await main(["--token-ttl", "1ms"], {}, "/home/alice", terminal)).toBe(1);
  expect(err.join("")).toContain("--token-ttl must be");
  expect(await main(["--url", "--discovery-file", "/nowhere"], {}, "/home/alice", terminal)).toBe(1);
  expect(err.join("")).toContain("No web chat of yours is running");
});
