import { readdirSync, readFileSync } from "node:fs";
import { isJsonObject } from "../../src/json.ts";
import type { Json, JsonObject } from "../../src/json.ts";
import { shown } from "../shown.ts";

/** A line of a recorded session with a real gateway. `t`: milliseconds since its start. */
export type Line =
  | { kind: "open"; t: number; conn: number; label: string; origin: string | undefined }
  | { kind: "refused"; t: number; conn: number }
  | { kind: "out"; t: number; conn: number; frame: JsonObject | string }
  | { kind: "in"; t: number; conn: number; frame: JsonObject }
  | { kind: "close"; t: number; conn: number; code: number; reason: string; byClient: boolean }
  | {
      kind: "act";
      t: number;
      act: "kill" | "stop" | "start" | "restart";
      downMs: number;
      startingMs: number;
    };

export type Recording = {
  name: string;
  product: "clawdbot" | "openclaw";
  scenario: string;
  startedAt: number;
  lines: Line[];
};

const FOLDER = new URL("../fixtures/", import.meta.url);

export function recordingNames(product: "clawdbot" | "openclaw"): string[] {
  return readdirSync(new URL(`${product}/`, FOLDER)).map((file) => file.replace(/\.jsonl$/, ""));
}

/** Reads a fixture. Repeated subtrees are stored once (`$is`) and referred to (`$same`). */
export function readRecording(product: "clawdbot" | "openclaw", scenario: string): Recording {
  const raw = readFileSync(new URL(`${product}/${scenario}.jsonl`, FOLDER), "utf8")
    .trim()
    .split("\n");
  const parsed = raw.map((line): JsonObject => {
    const value: unknown = JSON.parse(line);
    if (!isJsonObject(value)) throw new Error(`${product}/${scenario}: a line is no object`);
    return value;
  });
  const known = new Map<number, Json>();
  const lines: Line[] = [];
  const current = new Map<string, number>();
  let opened = 0;
  const kills = parsed
    .filter((line) => line["dir"] === "act" && line["do"] === "kill")
    .map((line) => Number(line["t"]));
  for (const [index, line] of parsed.entries()) {
    const t = Number(line["t"]);
    const label = shown(line["conn"] ?? "");
    const conn = current.get(label) ?? 0;
    const frame = line["frame"] === undefined ? undefined : expand(line["frame"], known);
    switch (line["dir"]) {
      case "open-attempt":
        current.set(label, ++opened);
        lines.push({
          kind: "open",
          t,
          conn: opened,
          label,
          origin: typeof line["origin"] === "string" ? line["origin"] : undefined,
        });
        break;
      case "error":
      case "http":
        lines.push({ kind: "refused", t, conn });
        break;
      case "out":
        lines.push({ kind: "out", t, conn, frame: isJsonObject(frame) ? frame : shown(line["raw"] ?? "") });
        break;
      case "in":
        if (isJsonObject(frame)) lines.push({ kind: "in", t, conn, frame });
        break;
      case "close": {
        const code = Number(line["code"]);
        const reason = shown(line["reason"] ?? "");
        const killed = kills.some((at) => at === t);
        lines.push({
          kind: "close",
          t,
          conn,
          code,
          reason,
          byClient: reason === "bye" || (code === 1006 && !killed),
        });
        break;
      }
      case "act":
        lines.push({
          kind: "act",
          t,
          act: actOf(line["do"]),
          downMs: Number(line["downMs"] ?? 0),
          startingMs: Number(line["startingMs"] ?? 0),
        });
        break;
      default:
        if (index === 0) break;
    }
  }
  const startedAt = Date.parse(shown(parsed[0]?.["at"]));
  return { name: `${product}/${scenario}`, product, scenario, startedAt, lines };
}

function actOf(value: Json | undefined): "kill" | "stop" | "start" | "restart" {
  if (value === "kill" || value === "stop" || value === "start" || value === "restart") return value;
  throw new Error(`unknown act ${shown(value)}`);
}

function expand(value: Json, known: Map<number, Json>): Json {
  if (Array.isArray(value)) return value.map((item: Json) => expand(item, known));
  if (!isJsonObject(value)) return value;
  const same = value["$same"];
  if (typeof same === "number") return known.get(same) ?? null;
  const expanded: JsonObject = {};
  for (const [key, member] of Object.entries(value))
    if (key !== "$is" && member !== undefined) expanded[key] = expand(member, known);
  const is = value["$is"];
  if (typeof is === "number") known.set(is, expanded);
  return expanded;
}
