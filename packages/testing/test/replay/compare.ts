import { isJsonObject, numberAt, objectAt, stringAt } from "../../src/json.ts";
import type { Json, JsonObject } from "../../src/json.ts";
import type { Line, Recording } from "./recording.ts";
import type { Replayed } from "./replay.ts";
import { shown } from "../shown.ts";

/** Events that a gateway sends about itself, whenever it likes: only their shape is compared. */
const BACKGROUND = new Set([
  "health",
  "presence",
  "tick",
  "update.available",
  "cron",
  "skills.changed",
  "chat.metadata.changed",
  "task",
]);

/** Every way in which what the fake sent differs in shape from what the real gateway sent. */
export function differences(recording: Recording, replayed: ReadonlyMap<number, Replayed>): string[] {
  const conns = recording.lines.flatMap((line) => (line.kind === "open" ? [line] : []));
  return conns.flatMap((open) => {
    const fake = replayed.get(open.conn) ?? { frames: [], close: undefined, refused: true };
    const real = realSide(recording.lines, open.conn);
    const where = `${recording.name} [${open.label}]`;
    return [
      ...(real.refused === fake.refused
        ? []
        : [`${where} refused: real ${real.refused}, fake ${fake.refused}`]),
      ...closeDifferences(where, real, fake),
      ...answerDifferences(where, recording.lines, open.conn, real.frames, fake.frames),
      ...eventDifferences(where, sentRuns(recording.lines), real.frames, fake.frames),
    ].map((text) => text.replaceAll(/\bu\d+\b/g, "<id>"));
  });
}

function realSide(lines: readonly Line[], conn: number): Replayed {
  const own = lines.filter((line) => line.kind !== "act" && line.conn === conn);
  const close = own.findLast((line) => line.kind === "close");
  return {
    frames: own.flatMap((line) => (line.kind === "in" ? [line.frame] : [])),
    close: close?.kind === "close" ? { code: close.code, reason: close.reason } : undefined,
    refused: own.some((line) => line.kind === "refused"),
  };
}

function closeDifferences(where: string, real: Replayed, fake: Replayed): string[] {
  if (real.refused || !real.close) return [];
  const show = (close: Replayed["close"]) => (close ? `${close.code} "${close.reason}"` : "open");
  return show(real.close) === show(fake.close) || sameText(show(real.close), show(fake.close))
    ? []
    : [`${where} close: real ${show(real.close)}, fake ${show(fake.close)}`];
}

// ---------------------------------------------------------------- answers

function answerDifferences(
  where: string,
  lines: readonly Line[],
  conn: number,
  real: readonly JsonObject[],
  fake: readonly JsonObject[],
): string[] {
  const methods = new Map(
    lines.flatMap((line) =>
      line.kind === "out" && line.conn === conn && typeof line.frame !== "string"
        ? [[stringAt(line.frame, "id") ?? "", stringAt(line.frame, "method") ?? ""] as const]
        : [],
    ),
  );
  const keys = new Set(
    lines.flatMap((line) =>
      line.kind === "out" && typeof line.frame !== "string"
        ? [stringAt(objectAt(line.frame, "params") ?? {}, "sessionKey") ?? ""]
        : [],
    ),
  );
  const answersOf = (frames: readonly JsonObject[]) => frames.filter((frame) => frame["type"] === "res");
  const ours = answersOf(fake);
  const missing = answersOf(real).flatMap((frame) => {
    const id = stringAt(frame, "id") ?? "";
    const method = methods.get(id) ?? "frame";
    const at = ours.findIndex((other) => stringAt(other, "id") === id);
    const [answer] = at < 0 ? [] : ours.splice(at, 1);
    const label = `${where} ${method}`;
    if (!answer) return [`${label}: no answer`];
    if (answer["ok"] !== frame["ok"]) return [`${label}: real ${outcome(frame)}, fake ${outcome(answer)}`];
    return frame["ok"] === true
      ? payloadDifferences(label, ownSessions(frame["payload"], keys), ownSessions(answer["payload"], keys))
      : errorDifferences(label, objectAt(frame, "error") ?? {}, objectAt(answer, "error") ?? {});
  });
  return [
    ...missing,
    ...ours.map(
      (frame) => `${where} ${methods.get(stringAt(frame, "id") ?? "") ?? "frame"}: an answer too many`,
    ),
  ];
}

/** The recorded gateway also held sessions of earlier recordings. */
function ownSessions(payload: Json | undefined, keys: ReadonlySet<string>): Json | undefined {
  if (!isJsonObject(payload)) return payload;
  const list = objectAt(payload, "list");
  if (list) return { ...payload, list: ownSessions(list, keys) };
  const { sessions } = payload;
  if (!Array.isArray(sessions)) return payload;
  return {
    ...without(payload, ["nextOffset", "hasMore"]),
    sessions: sessions.filter((row: Json) => isJsonObject(row) && keys.has(stringAt(row, "key") ?? "")),
  };
}

const without = (value: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

const outcome = (frame: JsonObject): string =>
  frame["ok"] === true ? "ok" : `error ${shown(objectAt(frame, "error")?.["message"])}`;

function errorDifferences(where: string, real: JsonObject, fake: JsonObject): string[] {
  const texts = ["code", "message"].flatMap((key) =>
    sameText(shown(real[key]), shown(fake[key]))
      ? []
      : [`${where} error.${key}: real ${shown(real[key])}, fake ${shown(fake[key])}`],
  );
  const stable = [
    "code",
    "reason",
    "authReason",
    "recommendedNextStep",
    "missingScope",
    "method",
    "expectedProtocol",
  ];
  const realDetails = objectAt(real, "details") ?? {};
  const fakeDetails = objectAt(fake, "details") ?? {};
  const details = stable.flatMap((key) =>
    sameText(shown(realDetails[key]), shown(fakeDetails[key]))
      ? []
      : [`${where} error.details.${key}: real ${shown(realDetails[key])}, fake ${shown(fakeDetails[key])}`],
  );
  return [...texts, ...details, ...shapeDifferences(`${where} error`, real, fake)];
}

function payloadDifferences(where: string, real: Json | undefined, fake: Json | undefined): string[] {
  if (isCut(real)) return [];
  const realRows = rowsOf(real);
  const fakeRows = rowsOf(fake);
  const status =
    isJsonObject(real) && isJsonObject(fake)
      ? [
          "status",
          "aborted",
          "kind",
          "deleted",
          "compacted",
          "kept",
          "subscribed",
          "runStarted",
          "thinkingLevel",
          "hasMore",
          "totalMessages",
        ].flatMap((key) =>
          isScalar(real[key]) && real[key] !== fake[key]
            ? [`${where} ${key}: real ${shown(real[key])}, fake ${shown(fake[key])}`]
            : [],
        )
      : [];
  const short = isJsonObject(real) && typeof real["features"] === "string";
  const shape = shapeDifferences(where, withoutRows(real), withoutRows(fake)).filter(
    (text) => !short || !text.includes("fake adds"),
  );
  return [...status, ...shape, ...(realRows && fakeRows ? rowDifferences(where, realRows, fakeRows) : [])];
}

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || typeof value === "number";

function rowsOf(payload: Json | undefined): JsonObject[] | undefined {
  const messages = isJsonObject(payload) ? payload["messages"] : undefined;
  if (!Array.isArray(messages)) return undefined;
  return messages.filter(isJsonObject);
}

const withoutRows = (payload: Json | undefined): Json | undefined =>
  isJsonObject(payload) && Array.isArray(payload["messages"]) ? { ...payload, messages: [] } : payload;

/** Stored rows are compared one by one: role, stop reason, text and shape. */
function rowDifferences(where: string, real: readonly JsonObject[], fake: readonly JsonObject[]): string[] {
  if (real.length !== fake.length)
    return [`${where} rows: real ${real.map(roleOf).join(" ")}, fake ${fake.map(roleOf).join(" ")}`];
  return real.flatMap((row, i) => {
    const other = fake[i] ?? {};
    const at = `${where} row ${roleOf(row)}`;
    const same = ["role", "stopReason", "errorMessage", "isError", "toolName"].flatMap((key) =>
      row[key] === undefined || sameText(shown(row[key]), shown(other[key]))
        ? []
        : [`${at} ${key}: real ${shown(row[key])}, fake ${shown(other[key])}`],
    );
    const text = sameText(textOf(row), textOf(other))
      ? []
      : [`${at} text: real ${textOf(row)}, fake ${textOf(other)}`];
    return [...same, ...text, ...shapeDifferences(at, row, other)];
  });
}

const roleOf = (row: JsonObject): string => shown(row["role"] ?? objectAt(row, "message")?.["role"]);

function textOf(row: JsonObject): string {
  const content = row["content"];
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((block: Json) =>
      isJsonObject(block) ? (stringAt(block, "text") ?? stringAt(block, "thinking") ?? "") : "",
    )
    .join("");
}

// ---------------------------------------------------------------- events

type Kinded = { kind: string; frame: JsonObject };

/** Run ids that clients chose; all others are the gateway's own. */
function sentRuns(lines: readonly Line[]): Set<string> {
  return new Set(
    lines.flatMap((line) =>
      line.kind === "out" && typeof line.frame !== "string"
        ? [stringAt(objectAt(line.frame, "params") ?? {}, "idempotencyKey") ?? ""]
        : [],
    ),
  );
}

function eventDifferences(
  where: string,
  sent: ReadonlySet<string>,
  real: readonly JsonObject[],
  fake: readonly JsonObject[],
): string[] {
  const realTracks = tracksOf(real, sent);
  const fakeTracks = tracksOf(fake, sent);
  const names = [...new Set([...realTracks.keys(), ...fakeTracks.keys()])];
  return names.flatMap((name) =>
    trackDifferences(`${where} ${name}`, realTracks.get(name) ?? [], fakeTracks.get(name) ?? []),
  );
}

/** Frames that have an order among themselves: those of one run, of one watched session, of the connection. */
function tracksOf(frames: readonly JsonObject[], sent: ReadonlySet<string>): Map<string, Kinded[]> {
  const tracks = new Map<string, Kinded[]>();
  const unknownRuns = new Map<string, string>();
  for (const frame of frames) {
    if (frame["type"] !== "event") continue;
    const event = stringAt(frame, "event") ?? "";
    const payload = objectAt(frame, "payload");
    const name =
      BACKGROUND.has(event) || event === "sessions.changed"
        ? `background ${event}`
        : trackName(event, payload ?? {}, sent, unknownRuns);
    const track = tracks.get(name) ?? [];
    track.push({ kind: kindOf(event, payload), frame });
    tracks.set(name, track);
  }
  return tracks;
}

function trackName(
  event: string,
  payload: JsonObject,
  sent: ReadonlySet<string>,
  unknownRuns: Map<string, string>,
): string {
  if (event !== "chat" && event !== "agent") return `event ${event}`;
  // Version 3 tells about inner runs without saying which session they belong to.
  if (payload["sessionKey"] === undefined) return "inner runs";
  const runId = stringAt(payload, "runId") ?? "";
  if (sent.has(runId)) return `run ${runId}`;
  if (!unknownRuns.has(runId))
    unknownRuns.set(
      runId,
      runId.startsWith("inject-")
        ? "injected"
        : `unseen ${[...unknownRuns.values()].filter((value) => value.startsWith("unseen")).length + 1}`,
    );
  return `run ${unknownRuns.get(runId) ?? runId}`;
}

function kindOf(event: string, payload: JsonObject | undefined): string {
  if (!payload) return event;
  const data = objectAt(payload, "data") ?? {};
  const detail = [
    stringAt(payload, "state") ?? stringAt(payload, "stream"),
    stringAt(data, "phase") ?? stringAt(payload, "phase") ?? stringAt(payload, "reason"),
    stringAt(data, "kind"),
  ];
  const message = objectAt(payload, "message");
  const bare = event === "chat" && payload["state"] === "final" && !message ? "without message" : undefined;
  const replaced = data["replace"] === true || payload["replace"] === true ? "replace" : undefined;
  return [event, ...detail, bare, replaced].filter((part) => part !== undefined).join(":");
}

const STREAMED = new Set(["agent:assistant", "chat:delta"]);

/** Text arrives in as many frames as timing allows; one stretch of it counts as one. */
function stretches(track: readonly Kinded[]): string[] {
  const kinds: string[] = [];
  for (const { kind } of track) {
    const shown = STREAMED.has(kind) ? "text" : kind;
    if (shown !== "text" || kinds.at(-1) !== "text") kinds.push(shown);
  }
  return kinds;
}

function trackDifferences(where: string, real: readonly Kinded[], fake: readonly Kinded[]): string[] {
  const background = where.includes(" background ");
  const order = background ? [] : orderDifferences(where, stretches(real), stretches(fake));
  const kinds = [...new Set(real.map((item) => item.kind))];
  const missing =
    background && !/ (health|presence|tick)$/.test(where)
      ? kinds
          .filter((kind) => !fake.some((other) => other.kind === kind))
          .map((kind) => `${where}: never sent ${kind}`)
      : [];
  const shapes = kinds.flatMap((kind) => {
    const left = real
      .filter((item) => item.kind === kind && !isCut(item.frame["payload"]))
      .map((item) => item.frame);
    const right = fake.filter((item) => item.kind === kind).map((item) => item.frame);
    if (left.length === 0 || right.length === 0) return [];
    return [
      ...shapeDifferences(`${where} ${kind}`, left, right),
      ...counterDifferences(`${where} ${kind}`, left, right),
    ];
  });
  return [...order, ...missing, ...shapes];
}

function orderDifferences(where: string, real: readonly string[], fake: readonly string[]): string[] {
  if (real.join() === fake.join()) return [];
  const at = real.findIndex((kind, i) => kind !== fake[i]);
  const from = at < 0 ? real.length : at;
  return [
    `${where} order: after ${real.slice(0, from).at(-1) ?? "the start"}: real ${real.slice(from, from + 4).join(" ") || "nothing"}, fake ${fake.slice(from, from + 4).join(" ") || "nothing"}`,
  ];
}

/** The counter of a run at its milestones; text is merged by timing, so only what comes before it is exact. */
function counterDifferences(
  where: string,
  real: readonly JsonObject[],
  fake: readonly JsonObject[],
): string[] {
  if (!/:status|:run_status|:start|:injected/.test(where)) return [];
  const seqs = (frames: readonly JsonObject[]) => numberAt(objectAt(frames[0] ?? {}, "payload") ?? {}, "seq");
  const [left, right] = [seqs(real), seqs(fake)];
  return left === right || where.includes("inner runs") || where.includes("tool:start")
    ? []
    : [`${where} seq: real ${left}, fake ${right}`];
}

// ---------------------------------------------------------------- shapes

const isCut = (value: unknown): boolean =>
  typeof value === "string" && /^(<\d+ bytes: |\.\.\.|<)/.test(value);

/** Recorded texts are cut after 80 characters. */
function sameText(real: string, fake: string): boolean {
  const normal = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\bu\d+\b/g, "<id>");
  const left = normal(real);
  return left.includes("…")
    ? normal(fake).startsWith(left.slice(0, left.indexOf("…")))
    : left === normal(fake);
}

/** Member paths and their types, over all given values. */
function shapeOf(value: unknown, path: string, into: Map<string, Set<string>>): void {
  if (value === undefined) return;
  const type = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  const types = into.get(path) ?? new Set();
  // Later hello-oks were recorded in short form: "..." stands for what was left out.
  const short = value === "..." || (isJsonObject(value) && "..." in value);
  types.add(isCut(value) || short ? "cut" : type);
  if (short) {
    into.set(path, types);
    return;
  }
  into.set(path, types);
  if (Array.isArray(value)) for (const item of value) shapeOf(item, `${path}[]`, into);
  else if (isJsonObject(value))
    for (const [key, member] of Object.entries(value)) shapeOf(member, path ? `${path}.${key}` : key, into);
}

function shapeDifferences(where: string, real: unknown, fake: unknown): string[] {
  const left = new Map<string, Set<string>>();
  const right = new Map<string, Set<string>>();
  shapeOf(real, "", left);
  shapeOf(fake, "", right);
  const cuts = [...left].filter(([, types]) => types.has("cut")).map(([path]) => path);
  const emptyLists = (shape: Map<string, Set<string>>) =>
    [...shape]
      .filter(
        ([path, types]) =>
          types.has("list") && ![...shape.keys()].some((other) => other.startsWith(`${path}[]`)),
      )
      .map(([path]) => `${path}[]`);
  const unknown = [...cuts, ...emptyLists(left), ...emptyLists(right)];
  const known = (path: string) => !unknown.some((prefix) => path.startsWith(prefix));
  const lost = [...left]
    .filter(([path]) => known(path) && !right.has(path))
    .map(([path]) => `${where}: fake lacks ${path}`);
  const extra = [...right]
    .filter(([path]) => known(path) && !left.has(path))
    .map(([path]) => `${where}: fake adds ${path}`);
  const types = [...left].flatMap(([path, wanted]) => {
    const given = right.get(path);
    if (!given || !known(path) || [...given].every((type) => wanted.has(type))) return [];
    return [`${where}: ${path} real ${[...wanted].join("|")}, fake ${[...given].join("|")}`];
  });
  return onlyTop([...lost, ...extra]).concat(types);
}

/** A missing object implies its members. */
function onlyTop(texts: readonly string[]): string[] {
  return texts.filter(
    (text) =>
      !texts.some(
        (other) => other !== text && (text.startsWith(`${other}.`) || text.startsWith(`${other}[]`)),
      ),
  );
}
