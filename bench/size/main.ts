/**
 * What a page loads for the smallest useful import: bundled and minified as an application would, React left out because
 * the application has it, gzip at level 9. Ours beside what people use instead, in one run with one bundler.
 *
 * `gzip_kb` is the import with all that loads along with it, `lazy_gzip_kb` what loads when it is used. Our client loads a
 * part of the latter as soon as it connects, so what a page has loaded when it shows a conversation is told, too:
 * `conversation_gzip_kb`. The targets are for the import; a styled chat's, for one with its markdown in the first file.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { bundle, type BundledFile } from "../stream/bundle.ts";
import { installPeers, PEERS } from "../stream/peers.ts";
import type { BenchReport, BenchTarget } from "../report.ts";

const OURS = "ours";

/** What a page writes to get it, by subject. */
const IMPORTS: readonly (readonly [name: string, package_: string, text: string])[] = [
  ["client", OURS, `export { createChatStore } from "@automna/client";`],
  ["headless hook", OURS, `export { useClawdbotRuntime } from "@automna/react";`],
  ["styled chat", OURS, `export { AutomnaChat } from "@automna/react";`],
  // Markdown is fetched while the chat connects; this is what a page pays that wants it in the first file.
  ["styled chat, markdown at once", OURS, `export { AutomnaChat, Markdown } from "@automna/react";`],
  ["markdown", OURS, `export { Markdown } from "@automna/react";`],
  ["AI SDK useChat", "peer", `export { useChat } from "@ai-sdk/react";`],
  [
    "AI SDK useChat + Streamdown",
    "peer",
    `export { useChat } from "@ai-sdk/react"; export { Streamdown } from "streamdown";`,
  ],
  ["assistant-ui external store", "peer", `export { useExternalStoreRuntime } from "@assistant-ui/react";`],
  [
    "assistant-ui + markdown",
    "peer",
    `export { AssistantRuntimeProvider, useExternalStoreRuntime, ThreadPrimitive, MessagePrimitive, ComposerPrimitive } from "@assistant-ui/react";
     export { MarkdownTextPrimitive } from "@assistant-ui/react-markdown"; export { default as gfm } from "remark-gfm";`,
  ],
  ["CopilotKit chat", "peer", `export { CopilotKitProvider, CopilotChat } from "@copilotkit/react-core/v2";`],
  ["stream-chat client", "peer", `export { StreamChat } from "stream-chat";`],
  [
    "stream-chat-react chat",
    "peer",
    `export { Chat, Channel, Window, MessageList, MessageComposer } from "stream-chat-react";`,
  ],
];

/** React and what a page with React has anyway. */
const EXTERNAL = [/^react(\/|$)/, /^react-dom(\/|$)/];

const gzipKb = (code: string): number => gzipSync(code, { level: 9 }).length / 1_000;

/** What our client loads by itself as soon as it connects, while the socket opens; the rest waits until it is used. */
const LOADED_BY_CONNECTING = /\/client\/src\/(?:chat|close-advice)\.ts$/;

interface Loading {
  /** What is there before anything runs: the minimal import. */
  readonly initial: readonly BundledFile[];
  /** What comes when it is used. */
  readonly lazy: readonly BundledFile[];
  /** What a page has loaded when the first message is on the screen. */
  readonly conversation: readonly BundledFile[];
}

/** The files with everything that they import. */
function withImports(
  start: readonly BundledFile[],
  chunks: readonly BundledFile[],
): ReadonlySet<BundledFile> {
  const found = new Set(start);
  for (const chunk of found)
    for (const other of chunks) if (chunk.imports?.includes(other.fileName) === true) found.add(other);
  return found;
}

/** Splits a bundle by when its files load. */
function byLoading(files: readonly BundledFile[]): Loading {
  const chunks = files.filter(({ type }) => type === "chunk");
  const entries = chunks.filter(({ isEntry }) => isEntry === true);
  const initial = withImports(entries, chunks);
  const connecting = chunks.filter(({ modules = {} }) =>
    Object.keys(modules).some((path) => LOADED_BY_CONNECTING.test(path)),
  );
  return {
    initial: [...initial],
    lazy: chunks.filter((chunk) => !initial.has(chunk)),
    conversation: [...withImports([...entries, ...connecting], chunks)],
  };
}

const sum = (files: readonly BundledFile[], of: (code: string) => number): number =>
  files.reduce((total, { code = "" }) => total + of(code), 0);

async function bundled(owner: string, text: string): Promise<readonly BundledFile[]> {
  const isWorkspace = owner === OURS;
  const folder = isWorkspace ? import.meta.dirname : PEERS;
  return bundle({ name: "size", entry: { text, folder }, isWorkspace, external: EXTERNAL });
}

/** The modules that weigh most in a bundle, in kilobytes before minification. */
async function heaviest(text: string, count: number): Promise<[path: string, kb: number][]> {
  const { initial } = byLoading(await bundled(OURS, text));
  const root = join(import.meta.dirname, "..", "..");
  return initial
    .flatMap(({ modules = {} }) => Object.entries(modules))
    .map(([path, { code }]): [string, number] => [path.replace(root, ""), (code?.length ?? 0) / 1_000])
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count);
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Measures everything. Takes about half a minute, and one more when the peers have to be installed. */
export async function run(): Promise<BenchReport> {
  await installPeers();
  const subjects: Record<string, Record<string, number>> = {};
  for (const [name, owner, text] of IMPORTS) {
    const { initial, lazy, conversation } = byLoading(await bundled(owner, text));
    subjects[owner === OURS ? `ours: ${name}` : name] = {
      minified_kb: round(sum(initial, (code) => Buffer.byteLength(code) / 1_000)),
      gzip_kb: round(sum(initial, gzipKb)),
      lazy_gzip_kb: round(sum(lazy, gzipKb)),
      ...(owner === OURS && { conversation_gzip_kb: round(sum(conversation, gzipKb)) }),
    };
  }
  const target = (id: string, limit: number): BenchTarget => {
    const value = subjects[`ours: ${id}`]?.["gzip_kb"] ?? Number.NaN;
    return { id, value, limit, unit: "KB", ok: value <= limit };
  };
  return {
    name: "size",
    subjects,
    targets: [target("client", 12), target("headless hook", 16), target("styled chat, markdown at once", 45)],
  };
}

// `node bench/size/main.ts` tells what our own bundles are made of.
if (import.meta.main) {
  for (const [name, , text] of IMPORTS.slice(0, 3)) {
    console.log(name);
    for (const [path, kb] of await heaviest(text, 25))
      console.log(`${kb.toFixed(1).padStart(7)} KB  ${path}`);
  }
}
