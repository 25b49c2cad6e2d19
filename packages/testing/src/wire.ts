import type { Core } from "./core.ts";
import type { FaultBox } from "./fault-box.ts";
import type { Fault } from "./faults.ts";
import { isJsonObject, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Peer, WireRecord } from "./options.ts";

/** The frames of one socket, with everything that can go wrong with them. */
export type Wire = {
  send(frame: JsonObject): void;
  respond(frame: JsonObject, method: string | undefined): void;
  receive(frame: unknown, deliver: (frame: unknown) => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
  freeze(): void;
  /** The client is gone: nothing more is written. */
  gone(): void;
};

/** What a fault does beyond its own socket. */
export type Disasters = {
  lose(): void;
  shut(code: number, reason: string): void;
  kill(downMs: number | undefined): void;
  restart(fault: Fault & { type: "restart" }): void;
};

type Shared = { core: Core; faults: FaultBox; log: WireRecord[]; slow: ReadonlyMap<string, number> };

export function openWire(
  { core, faults, log, slow }: Shared,
  peer: Peer,
  connection: number,
  disasters: () => Disasters,
): Wire {
  const methods = new Map<string, string>();
  let state: "open" | "frozen" | "shut" = "open";
  const held: { readonly frame: JsonObject; isDue: boolean }[] = [];

  const record = (direction: "in" | "out", frame: JsonObject) =>
    log.push({ at: core.clock.now(), connection, direction, frame });
  const put = (frame: JsonObject) => {
    if (state !== "open") return;
    record("out", frame);
    peer.send(JSON.stringify(frame));
  };
  const release = () => {
    while (held[0]?.isDue) held.splice(0, 1).forEach(({ frame }) => put(frame));
  };
  /** Keeps the order of frames unless one may overtake, whatever the gateway's clock says meanwhile. */
  const putAfter = (frame: JsonObject, ms: number, overtaking: boolean) => {
    if (overtaking && ms <= 0) return put(frame);
    if (overtaking) return void core.later(ms, () => put(frame));
    const waiting = { frame, isDue: ms <= 0 };
    held.push(waiting);
    if (waiting.isDue) return release();
    core.later(ms, () => {
      waiting.isDue = true;
      release();
    });
    return undefined;
  };
  const strike = (fault: Fault) => {
    const act = disasters();
    if (fault.type === "half-open") state = "frozen";
    else if (fault.type === "kill") act.kill(fault.downMs);
    else if (fault.type === "restart") act.restart(fault);
    else if (fault.type === "drop") {
      if (fault.code === undefined) act.lose();
      else act.shut(fault.code, fault.reason ?? "");
    }
  };
  const breaks = (fault: Fault) =>
    fault.type === "drop" || fault.type === "kill" || fault.type === "restart" || fault.type === "half-open";
  const isBefore = (fault: Fault) => fault.type === "half-open" || ("at" in fault && fault.at === "before");

  const out = (frame: JsonObject, method: string | undefined, ms: number) => {
    if (state !== "open") return;
    const struck = faults.strike({ direction: "out", connection, frame, method });
    struck.filter((fault) => breaks(fault) && isBefore(fault)).forEach(strike);
    if (struck.some((fault) => fault.type === "skip")) return;
    const delay = struck.find((fault) => fault.type === "delay");
    const wait = ms + (delay?.type === "delay" ? delay.ms : 0);
    const overtaking = (delay?.type === "delay" && delay.overtaking) ?? false;
    putAfter(frame, wait, overtaking || (ms > 0 && !delay));
    if (struck.some((fault) => fault.type === "duplicate")) putAfter(frame, wait, overtaking);
    struck.filter((fault) => breaks(fault) && !isBefore(fault)).forEach(strike);
  };

  return {
    send: (frame) => out(frame, undefined, 0),
    respond: (frame, method) => {
      const known = method ?? methods.get(stringAt(frame, "id") ?? "");
      const ms = core.settings.timing.responseMs + (slow.get(known ?? "") ?? slow.get("*") ?? 0);
      out(frame, known, ms);
    },
    receive: (frame, deliver) => {
      if (state !== "open") return;
      const shown: JsonObject = isJsonObject(frame) ? frame : { unreadable: true };
      record("in", shown);
      const method = stringAt(shown, "method");
      const id = stringAt(shown, "id");
      if (id !== undefined && method !== undefined) methods.set(id, method);
      const struck = faults.strike({ direction: "in", connection, frame: shown, method });
      struck.filter((fault) => breaks(fault) && isBefore(fault)).forEach(strike);
      if (struck.some((fault) => fault.type === "skip") || state !== "open") return;
      const delay = struck.find((fault) => fault.type === "delay");
      if (delay?.type === "delay") core.later(delay.ms, () => deliver(frame));
      else deliver(frame);
      if (struck.some((fault) => fault.type === "duplicate")) deliver(frame);
      struck.filter((fault) => breaks(fault) && !isBefore(fault)).forEach(strike);
    },
    close: (code, reason) => {
      if (state === "frozen") return;
      state = "shut";
      peer.close(code, reason);
    },
    terminate: () => {
      state = "shut";
      peer.terminate();
    },
    freeze: () => {
      if (state === "open") state = "frozen";
    },
    gone: () => {
      state = "shut";
    },
  };
}
