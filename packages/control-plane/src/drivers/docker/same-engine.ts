import { DriverError } from "../driver.ts";
import type { Engine } from "./engine.ts";

/** Another engine knows nothing of our instances; its silence must not pass for their absence. */
export class SameEngine {
  readonly #engine: Engine;
  #id: string | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Throws {@link DriverError} when another engine answers than at the first check. */
  async check(): Promise<void> {
    const { ID } = await this.#engine.ask((docker) => docker.info());
    this.#id ??= ID;
    if (this.#id === ID) return;
    throw new DriverError(
      "engine-unreachable",
      "Another Docker engine answers than before. Restart the app if that is meant; gateways of the other one stay there.",
    );
  }
}
