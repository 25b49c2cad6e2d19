import { createHash } from "node:crypto";

import type { Report, SourceTask } from "./task-source.ts";
import type { Work } from "./work.ts";

/** A conversation on an OpenCode server. */
export interface Session {
  readonly id: string;
  /** Absolute path of the project's folder. */
  readonly directory: string;
  /** The id that our prompt gets there. A server runs a prompt of one id once, and shows whether it has it. */
  readonly messageId: string;
}

/** An id as OpenCode makes them: it sorts by time, and the answer has to sort behind the question. */
export function messageIdOf(dispatch: string, now: number): string {
  const time = (BigInt(now) * 0x1000n) & 0xffff_ffff_ffffn;
  return `msg_${time.toString(16).padStart(12, "0")}${dispatch.slice(0, 14)}`;
}

interface DispatchFacts {
  /** Unique, and made from what it is about: the same task with the same text has the same id. */
  readonly id: string;
  readonly source: string;
  readonly task: { readonly id: string; readonly place: string; readonly title: string };
  /** Changes with the task's text. A task is dispatched once for each text that it has had. */
  readonly revision: string;
}

/** How far a dispatch has come. Each step is stored before the next begins, so that a crash loses none. */
export type Dispatch = DispatchFacts &
  (
    | { readonly step: "claimed"; readonly work: Work }
    /** Nobody serves the project. `told`: its writer knows. */
    | { readonly step: "unresolved"; readonly work: Work; readonly told: boolean }
    | { readonly step: "session"; readonly work: Work; readonly session: Session }
    /**
     * The prompt may have been sent. It is not sent again before `leaseUntil` (milliseconds since the epoch), and then
     * under the next lease.
     */
    | {
        readonly step: "prompting";
        readonly work: Work;
        readonly session: Session;
        readonly lease: number;
        readonly leaseUntil: number;
      }
    /** The server has the prompt. `since` is in milliseconds since the epoch. */
    | { readonly step: "running"; readonly work: Work; readonly session: Session; readonly since: number }
    | { readonly step: "finished"; readonly report: Report }
    /** Its writer has been told. The end. */
    | { readonly step: "reported"; readonly kind: Report["kind"] }
  );

type Step = Dispatch["step"];
export type AtStep<S extends Step> = Extract<Dispatch, { readonly step: S }>;

/** What a dispatch of this task is, whatever its step. */
export function dispatchFacts(source: string, { id, place, title, text }: SourceTask): DispatchFacts {
  const revision = digest(`${title}\0${text}`);
  return { id: digest(`${source}\0${id}\0${revision}`), source, task: { id, place, title }, revision };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
