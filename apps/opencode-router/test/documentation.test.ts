import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { API_PATHS } from "../src/api.ts";
import { ENVIRONMENT, FLAGS } from "../src/config.ts";
import { main } from "../src/main.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/opencode-router.md"), "utf8");

/** The cells of every table row whose first cell begins so. */
function rows(start: string): string[][] {
  return page
    .split("\n")
    .filter((line) => line.startsWith(`| \`${start}`))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("the page lists exactly the flags there are, with their defaults", () => {
  expect(rows("--")).toEqual(FLAGS.map((flag) => [`--${flag.name}`, flag.default, flag.about]));
});

test("the page lists exactly the environment variables there are", () => {
  expect(rows("OPENCODE_")).toEqual(ENVIRONMENT.map(({ name, about }) => [name, about]));
});

test("the page lists exactly the endpoints there are", () => {
  expect(rows("GET /").map(([endpoint]) => endpoint)).toEqual(API_PATHS.map((path) => `GET ${path}`));
});

test("--help names every flag, and a mistake ends with code 1 and its sentence", async () => {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
  expect(await main(["--help"], {}, "alice", terminal)).toBe(0);
  for (const flag of FLAGS) expect(out.join("")).toContain(`--${flag.name}`);
  expect(await main(["--scan-interval", "1ms"], {}, "alice", terminal)).toBe(1);
  expect(err.join("")).toContain("--scan-interval must be");
});
