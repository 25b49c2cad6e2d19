import type { Clock } from "../../clock.ts";
import type { DriverError } from "../driver.ts";
import type { Turns } from "../turns.ts";
import { Admission } from "./admission.ts";
import { Leftovers } from "./leftovers.ts";
import type { Manager } from "./manager.ts";
import type { Routers } from "./routers.ts";
import { removeSuperseded } from "./superseded.ts";
import { repeatedly, watchTasks } from "./watch.ts";

const ADMISSION_POLL_MS = 5_000;
const LEFTOVERS_POLL_MS = 60_000;
const TIDY_POLL_MS = 2_000;
const TIDY_LIMIT_MS = 600_000;

export interface UpkeepOptions {
  readonly manager: Manager;
  readonly routers: Routers;
  /** One thing at a time for each instance. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly report: (error: DriverError) => void;
}

/** What a swarm driver does while nobody asks it for anything, until it is closed. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #closing = new AbortController();
  #isWatching = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Tells whose task changed from now on, lets routers in, and removes what dead workers left. */
  watch(tell: (instanceId: string) => void): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { manager, routers, turns, clock, report } = this.#options;
    const { signal } = this.#closing;
    const admission = new Admission(manager, routers, report);
    const leftovers = new Leftovers(manager, turns);
    void watchTasks(manager, tell, clock, signal);
    void repeatedly(() => admission.look(), ADMISSION_POLL_MS, clock, signal);
    void repeatedly(() => leftovers.look(), LEFTOVERS_POLL_MS, clock, signal);
  }

  /** Removes the files of earlier revisions once the swarm has settled on this one, and would not go back any more. */
  tidyLater(name: string, instanceId: string): void {
    const { manager, turns, clock } = this.#options;
    const { signal } = this.#closing;
    const tidy = async () => {
      for (const deadline = clock.now() + TIDY_LIMIT_MS; clock.now() < deadline;) {
        await clock.sleep(TIDY_POLL_MS, signal);
        if (await turns.take(instanceId, () => removeSuperseded(manager, name, instanceId))) return;
      }
    };
    // What is left is found among the leftovers.
    tidy().catch(() => undefined);
  }

  close(): void {
    this.#closing.abort();
  }
}
