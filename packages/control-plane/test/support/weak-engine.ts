import { type Answer, type Json, startScriptedEngine } from "./scripted-engine.ts";

/** How an engine describes what it was ordered; `null`: it does not have it. */
export type Describe = (order: Json) => Json | null;

/**
 * An engine that takes every order and describes what it made in its own way: what no engine at hand does that one can
 * install.
 */
export function startWeakEngine(describe: Describe) {
  let ordered: Json = {};
  return startScriptedEngine((line, body) => {
    if (/^POST \/(?:containers|services)\/create$/.test(line)) ordered = body;
    return answerTo(line, () => describe(ordered));
  });
}

function answerTo(line: string, described: () => Json | null): Answer {
  if (line.startsWith("DELETE") || line.endsWith("/start")) return [204];
  if (line.endsWith("/create")) return [201, { Id: "made", ID: "made" }];
  if (line === "GET /info") return [200, { NCPU: 8, MemTotal: 16 * 1024 ** 3 }];
  if (line.startsWith("GET /images/")) return [200, { Id: "sha256:1", RepoDigests: [] }];
  if (line === "GET /containers/json") return [200, []];
  if (!/^GET \/(?:containers|services)\//.test(line)) return [200, { Id: "made", ID: "made" }];
  const answer = described();
  return answer === null ? [404, { message: "No such container" }] : [200, answer];
}
