import type { InstanceRecord } from "../database/instance-record.ts";
import type { CurrentRun } from "./interruption.ts";

/** What a worker has to do for one instance, from the first who asks until nothing is left to do. */
export interface Errand {
  readonly done: PromiseWithResolvers<void>;
  /** Resolves when another worker is found to be at it. */
  readonly elsewhere: PromiseWithResolvers<void>;
  /** Whether a job has waited for it. */
  hasJob: boolean;
  /** Whose turn it waits for. */
  owner: string;
  /** As whoever asked knew it; null once that is old. */
  known: InstanceRecord | null;
  /** Not null while a run is under way. */
  run: CurrentRun | null;
  /** Something happened to it, so that it is looked at whatever the row says. */
  disturbed: boolean;
  /** Somebody asked again meanwhile. */
  again: boolean;
}

/** What somebody who asks knows. */
export interface News {
  /** The row, by whoever has just read it. */
  readonly known?: InstanceRecord;
  readonly disturbed?: boolean;
}
