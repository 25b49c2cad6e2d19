import { readdirSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

import { parseAst } from "rolldown/parseAst";
import { analyse } from "scslre";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { speakable } from "../../src/announce/speakable.ts";
import { lexDocument } from "../../src/markdown/block-lexer.ts";
import { lexInline } from "../../src/markdown/dialect.ts";
import { closeInline } from "../../src/markdown/half-open-inline.ts";
import { repairTail } from "../../src/markdown/half-open.ts";
import { NEXT_OR_MAIL } from "../../src/markdown/inline-reader.ts";
import type { BlockNode } from "../../src/markdown/nodes.ts";
import { everyPattern } from "../../src/markdown/plugins/code-tokenizer.ts";
import { GFM } from "../../src/markdown/syntax.ts";
import { HOSTILE_TEXTS } from "./hostile-texts.ts";

const SOURCES = join(import.meta.dirname, "..", "..", "src");

interface Pattern {
  readonly pattern: string;
  readonly flags: string;
}

/** What a file says of regular expressions: those that it writes down, and how often it makes one of other texts. */
interface Written {
  readonly patterns: Pattern[];
  made: number;
}

function writtenIn(node: unknown, found: Written = { patterns: [], made: 0 }): Written {
  if (Array.isArray(node)) for (const child of node) writtenIn(child, found);
  else if (typeof node === "object" && node !== null) {
    const { regex, callee } = node as {
      readonly regex?: Pattern;
      readonly callee?: { readonly name?: string };
    };
    if (regex) found.patterns.push(regex);
    if (callee?.name === "RegExp") found.made += 1;
    for (const child of Object.values(node)) writtenIn(child, found);
  }
  return found;
}

function slowness({ pattern, flags }: Pattern): readonly string[] {
  return analyse({ source: pattern, flags }).reports.map(({ type }) => `/${pattern}/${flags} (${type})`);
}

const SOURCE_FILES = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => {
    const code = readFileSync(join(SOURCES, name), "utf8");
    return { name, ...writtenIn(parseAst(code, { lang: name.endsWith("x") ? "tsx" : "ts" })) };
  });

describe("no regular expression needs more than one pass over its text, whatever that says:", () => {
  test("none that is written down", () => {
    expect(SOURCE_FILES.flatMap(({ patterns }) => patterns).length).toBeGreaterThan(50);
    const slow = SOURCE_FILES.flatMap(({ name, patterns }) =>
      patterns.flatMap(slowness).map((it) => `${name}: ${it}`),
    );
    expect(slow).toEqual([]);
  });

  test("none that is made of other texts", () => {
    const made = SOURCE_FILES.filter((file) => file.made > 0).map((file) => [file.name, file.made] as const);
    expect(new Map(made)).toEqual(
      new Map([
        [join("markdown", "inline-reader.ts"), 1],
        [join("markdown", "plugins", "code-tokenizer.ts"), 1],
      ]),
    );
    const patterns = [NEXT_OR_MAIL, ...everyPattern()];
    expect(patterns.flatMap(({ source, flags }) => slowness({ pattern: source, flags }))).toEqual([]);
  });
});

/** What an optimised function is called the engine does not count, and when it optimises one depends on the machine's load. */
const OPTIMISERS = ["opt", "maglev"];

/**
 * How often the piece of the reader's code runs that runs most often. The engine counts it, so neither the machine nor its
 * load matters.
 */
class Steps {
  readonly #session = new Session();

  async start(): Promise<void> {
    for (const name of OPTIMISERS) setFlagsFromString(`--no-${name}`);
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  async of(work: () => void): Promise<number> {
    await this.#session.post("Profiler.takePreciseCoverage");
    work();
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    const counts = result
      .filter(({ url }) => url.includes("/packages/react/src/"))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)));
    return Math.max(0, ...counts);
  }

  stop(): void {
    this.#session.disconnect();
    for (const name of OPTIMISERS) setFlagsFromString(`--${name}`);
  }
}

function readInline(node: BlockNode): void {
  if ("text" in node) lexInline(node.text, {}, GFM);
  if (node.type === "quote") for (const child of node.children) readInline(child);
  if (node.type === "list")
    for (const item of node.items) for (const child of item.children) readInline(child);
  if (node.type === "table") for (const cell of node.rows.flat()) lexInline(cell, {}, GFM);
}

const READERS: readonly (readonly [name: string, read: (text: string) => void])[] = [
  ["what is still being written", (text) => void [repairTail(text), closeInline(text)]],
  ["a line of its own", (text) => void lexInline(text, {}, GFM)],
  ["what a screen reader says of a reply", (text) => void speakable(text)],
  [
    "a document",
    (text) =>
      lexDocument(text, { streaming: true, syntax: GFM }).blocks.forEach(({ node }) => readInline(node)),
  ],
];

const LENGTH = 2_000;
/** Twice, with room for nests whose depth is not quite at its limit. Twice as much at each of n places would be four times. */
const MOST = 2.5;

describe("a text twice as long takes no more than twice the steps, read as", () => {
  const steps = new Steps();
  beforeAll(() => steps.start());
  afterAll(() => steps.stop());

  test("the same text takes as many each time", async () => {
    const counts: number[] = [];
    for (let round = 0; round < 6; round += 1)
      counts.push(await steps.of(() => void speakable("\n".repeat(LENGTH))));
    expect(new Set(counts).size, counts.join()).toBe(1);
  });

  test.each(READERS)("%s", async (_, read) => {
    const slow: string[] = [];
    for (const [name, text] of HOSTILE_TEXTS) {
      const few = await steps.of(() => read(text(LENGTH)));
      const many = await steps.of(() => read(text(2 * LENGTH)));
      expect(few).toBeGreaterThan(0);
      if (many > MOST * few) slow.push(`${name}: ${few}, then ${many}`);
    }
    expect(slow).toEqual([]);
  });
});
