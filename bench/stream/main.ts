/**
 * A long answer into a long thread, in headless Chromium: ours beside four chats that people use, each wired as its own
 * documentation says. Ours has the whole client in it, which parses every frame of a gateway, two for each delta, and the
 * AI SDK parses the body of a response, as its default transport does; the others are handed their text. `ours` gets what
 * they get, 40 new characters at a time; `ours-wire` gets them as the product sends them, with the whole text so far in
 * every frame, twice. `ai-sdk-handed` is the AI SDK with nothing to parse.
 *
 * `nothing` is the same page without a chat, to which pieces come by a timer. It is shown beside the others and taken off
 * none of them. Frames are counted in a run of their own: whoever asks for every frame has the browser make sixty in a
 * second, and pays for it in script time.
 *
 * Script and task times are CPU time of the page's main thread, so that a busy machine does not lengthen them; frames per
 * second, long tasks and mount times are wall time, and do suffer from one.
 */
import { chromium, type Browser } from "playwright";

import { chromiumPath } from "../../scripts/requirements.ts";
import type { BenchReport, BenchTarget } from "../report.ts";
import { historyPainted, measure, type Measured, type Setup } from "./measure.ts";
import { DELTA_COUNT, HISTORY_LENGTH } from "./scenario.ts";
import { openSite, type Site, type Subject } from "./site.ts";

/** assistant-ui takes minutes for the whole answer; what it takes per delta is known sooner. Its row and its target say so. */
const ASSISTANT_UI_DELTAS = 200;
/** Deltas of the runs that compare lengths of threads, and of the one that counts renders. */
const SHORT_DELTAS = 500;
/** A page of history, as a first load gets it. */
const PAGE_OF_HISTORY = 200;

/**
 * Their ratio is nearer to its limit than single runs are to each other: each is measured three times, in turns, and shown
 * as in the run of its median script time.
 */
const IN_TURNS: readonly Subject[] = ["ours", "ai-sdk", "ai-sdk-handed"];
const TURNS = 3;
/** Short and long threads are compared in pairs, and the pair in the middle counts. */
const PAIRS = 7;
const SHORT_THREAD = 100;
const LONG_THREAD = 10_000;

const SETUPS: readonly (readonly [Subject, Setup])[] = [
  ["nothing", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["ours", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["ours-wire", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["ai-sdk", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["ai-sdk-handed", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["copilotkit", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["stream-chat", { messages: HISTORY_LENGTH, deltas: DELTA_COUNT }],
  ["assistant-ui", { messages: HISTORY_LENGTH, deltas: ASSISTANT_UI_DELTAS }],
];

/** A subject as the report names it: with what it was spared, where that is something. */
const shownAs = (subject: Subject, { deltas }: Setup): string =>
  deltas === DELTA_COUNT ? subject : `${subject}, first ${deltas} of ${DELTA_COUNT} deltas`;

/** Runs the comparison. Takes about nine minutes, and one more when the peers have to be installed. */
export async function run(): Promise<BenchReport> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error("No Chromium was found; install one, or set CHROMIUM_PATH to yours.");
  const site = await openSite(SETUPS.map(([subject]) => subject));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    return await compare(browser, site);
  } finally {
    await browser.close();
    site.close();
  }
}

async function compare(browser: Browser, site: Site): Promise<BenchReport> {
  // The first page of a browser pays for much that has nothing to do with it.
  await measure(browser, site, "ours", { messages: 100, deltas: 50 });
  const subjects: Record<string, Record<string, number>> = {};
  const inTurns: Record<string, Measured[]> = {};
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [subject, setup] of SETUPS) {
      if (turn > 0 && !IN_TURNS.includes(subject)) continue;
      const runs = (inTurns[subject] ??= []);
      runs.push(await measure(browser, site, subject, setup));
      subjects[shownAs(subject, setup)] = row(middle(runs), setup);
    }
  }
  for (const [subject, setup] of SETUPS) {
    const { frames, wallMs } = await measure(browser, site, subject, { ...setup, countsFrames: true });
    const shown = shownAs(subject, setup);
    subjects[shown] = { ...subjects[shown], fps: round((frames * 1_000) / wallMs) };
  }
  const perDelta = async (messages: number) => {
    const setup = { messages, deltas: SHORT_DELTAS };
    const measured = await measure(browser, site, "ours", setup);
    subjects[`ours ${messages}`] = row(measured, setup);
    return measured.scriptMs / SHORT_DELTAS;
  };
  await perDelta(HISTORY_LENGTH);
  const slopes: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const order = pair % 2 === 0 ? [SHORT_THREAD, LONG_THREAD] : [LONG_THREAD, SHORT_THREAD];
    const [first, second] = [await perDelta(order[0]!), await perDelta(order[1]!)];
    slopes.push(pair % 2 === 0 ? second / first : first / second);
  }
  const counting = { messages: HISTORY_LENGTH, deltas: SHORT_DELTAS, countsRenders: true };
  const counted = await measure(browser, site, "ours", counting);
  const painted: { ms: number; frames: number }[] = [];
  for (let round = 0; round < 7; round += 1)
    painted.push(await historyPainted(browser, site, PAGE_OF_HISTORY));
  const paintedMs = median(painted.map(({ ms }) => ms));
  subjects["ours, first history"] = {
    painted_ms: round(paintedMs),
    painted_best_ms: round(best(painted.map(({ ms }) => ms))),
    painted_frames: median(painted.map(({ frames }) => frames)),
  };
  subjects["ours, 10000 messages against 100"] = {
    ratio: round(median(slopes)),
    ratio_least: round(best(slopes)),
    ratio_most: round(Math.max(...slopes)),
  };
  return {
    name: "stream",
    subjects,
    targets: targets(subjects, { slope: median(slopes), otherRenders: counted.otherRenders, paintedMs }),
  };
}

function row(measured: Measured, { deltas }: Setup): Record<string, number> {
  const shown: Record<string, number> = {
    deltas,
    script_ms: measured.scriptMs,
    script_us_per_delta: (measured.scriptMs * 1_000) / deltas,
    task_ms: measured.taskMs,
    wall_ms: measured.wallMs,
    long_tasks: measured.longTasks,
    longest_task_ms: measured.longestTaskMs,
    mount_ms: measured.mountMs,
    nodes_mounted: measured.nodesMounted,
    nodes_after: measured.nodesAfter,
    heap_mb: measured.heapMb,
  };
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, round(value)]));
}

function targets(
  subjects: Readonly<Record<string, Readonly<Record<string, number>>>>,
  { slope, otherRenders, paintedMs }: { slope: number; otherRenders: number; paintedMs: number },
): BenchTarget[] {
  const of = (subject: string, metric: string): number => subjects[subject]?.[metric] ?? Number.NaN;
  const against = (peer: string): number =>
    of("ours", "script_us_per_delta") / of(peer, "script_us_per_delta");
  const assistantUi = shownAs("assistant-ui", { messages: HISTORY_LENGTH, deltas: ASSISTANT_UI_DELTAS });
  const atMost = (id: string, value: number, limit: number, unit: string): BenchTarget => ({
    id,
    value: round(value),
    limit,
    unit,
    ok: value <= limit,
  });
  return [
    atMost("script-vs-ai-sdk", against("ai-sdk"), 0.5, "x"),
    atMost("script-vs-copilotkit", against("copilotkit"), 0.2, "x"),
    atMost(`script-per-delta-vs-assistant-ui-first-${ASSISTANT_UI_DELTAS}`, against(assistantUi), 0.02, "x"),
    atMost("renders-of-other-rows", otherRenders, 0, "renders"),
    { ...atMost("frames", of("ours", "fps"), 58, "per s, at least"), ok: of("ours", "fps") >= 58 },
    atMost("dom-nodes-at-1000", of("ours", "nodes_mounted"), 300, "nodes"),
    atMost("dom-nodes-at-10000", of("ours 10000", "nodes_mounted"), 300, "nodes"),
    atMost("dom-nodes-with-the-long-answer", of("ours", "nodes_after"), 300, "nodes"),
    atMost("mount-of-1000", of("ours", "mount_ms"), 80, "ms"),
    atMost("history-painted", paintedMs, 50, "ms"),
    atMost("script-per-delta-10000-vs-100", slope, 1.2, "x"),
    atMost("heap", of("ours", "heap_mb"), 30, "MB"),
  ];
}

const best = (values: readonly number[]): number => Math.min(...values);

/** The run of the median script time. */
function middle(runs: readonly Measured[]): Measured {
  const found = runs.find(({ scriptMs }) => scriptMs === median(runs.map((run) => run.scriptMs)));
  if (found === undefined) throw new Error("No run was measured.");
  return found;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
