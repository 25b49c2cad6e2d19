import type { ArmedFault, Fault, FrameMatch } from "./faults.ts";
import { objectAt, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** A frame on its way, with what is known about it. */
type Passing = {
  direction: "in" | "out";
  connection: number;
  frame: JsonObject;
  method: string | undefined;
};

type Armed = { fault: Fault; seen: number; fired: number };

/** The faults that are armed, and which of them a frame sets off. */
export type FaultBox = {
  arm(fault: Fault): ArmedFault;
  clear(): void;
  /** Faults that fire on this frame; each call counts it. */
  strike(passing: Passing): Fault[];
};

export function faultBox(): FaultBox {
  const armed = new Set<Armed>();
  return {
    arm: (fault) => {
      const entry: Armed = { fault, seen: 0, fired: 0 };
      armed.add(entry);
      return {
        get fired() {
          return entry.fired;
        },
        disarm: () => {
          armed.delete(entry);
        },
      };
    },
    clear: () => armed.clear(),
    strike: (passing) => {
      const fired: Fault[] = [];
      for (const entry of armed) {
        if (!matches(entry.fault.match ?? {}, passing)) continue;
        entry.seen++;
        if (entry.seen < (entry.fault.nth ?? 1)) continue;
        entry.fired++;
        fired.push(entry.fault);
        if (entry.fired >= (entry.fault.times ?? 1)) armed.delete(entry);
      }
      return fired;
    },
  };
}

function matches(match: FrameMatch, { direction, connection, frame, method }: Passing): boolean {
  if ((match.direction ?? "out") !== direction) return false;
  if (match.connection !== undefined && match.connection !== connection) return false;
  const body = objectAt(frame, direction === "in" ? "params" : "payload") ?? {};
  const wanted: [string | undefined, string | undefined][] = [
    [match.event, stringAt(frame, "event")],
    [match.method, method],
    [match.state, stringAt(body, "state")],
    [match.stream, stringAt(body, "stream")],
    [match.sessionKey, stringAt(body, "sessionKey")],
    [match.runId, stringAt(body, "runId") ?? stringAt(body, "idempotencyKey")],
  ];
  if (!wanted.every(([want, have]) => want === undefined || want === have)) return false;
  return match.where?.(frame) ?? true;
}
