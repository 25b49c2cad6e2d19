import { containerNames } from "../../container-profile.ts";
import type { Turns } from "../turns.ts";
import type { Manager } from "./manager.ts";
import { removeSuperseded, strayFiles } from "./superseded.ts";

/** Secrets and configurations of earlier starts that nobody removed: whoever would have done it has ended. */
export class Leftovers {
  readonly #manager: Manager;
  readonly #turns: Turns;
  #seen: Awaited<ReturnType<typeof strayFiles>> = new Map();

  /** @param turns One thing at a time for each instance. */
  constructor(manager: Manager, turns: Turns) {
    this.#manager = manager;
    this.#turns = turns;
  }

  /** One look. What is there at two of them in a row is of no start that is under way in another process. */
  async look(): Promise<void> {
    const before = this.#seen;
    this.#seen = await strayFiles(this.#manager);
    for (const [instanceId, ids] of this.#seen) {
      const lasting = ids.filter((id) => before.get(instanceId)?.includes(id));
      if (lasting.length === 0) continue;
      const { main } = containerNames(instanceId, this.#manager.deployment);
      await this.#turns
        .take(instanceId, () =>
          removeSuperseded(this.#manager, main, instanceId, ({ id }) => lasting.includes(id)),
        )
        // The next look finds it again; others need not wait for it.
        .catch(() => undefined);
    }
  }
}
