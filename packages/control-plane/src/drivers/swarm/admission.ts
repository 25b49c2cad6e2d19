import { DriverError } from "../driver.ts";
import type { EngineError } from "../docker/engine.ts";
import { findOverlay, overlayOf } from "./overlay.ts";
import type { Overlay } from "./overlay.ts";
import { swarmError } from "./manager.ts";
import type { Manager } from "./manager.ts";
import type { Presence, Routers } from "./routers.ts";

/** Lets routers that were started, or came back, meanwhile into the networks. */
export class Admission {
  readonly #manager: Manager;
  readonly #routers: Routers;
  readonly #report: (error: DriverError) => void;
  #present = "";
  #told: ReadonlySet<string> = new Set();

  /** @param report Told once of each thing that stands in the way, until it does no more. */
  constructor(manager: Manager, routers: Routers, report: (error: DriverError) => void) {
    this.#manager = manager;
    this.#routers = routers;
    this.#report = report;
  }

  /** One look; rejects when there was none. One network that lets nobody in keeps them out of no other. */
  async look(): Promise<void> {
    const presence = await this.#routers.presence();
    const failures = presence.away.map(engineAway);
    const present = presence.routers
      .map(({ container }) => container.Id)
      .sort()
      .join(" ");
    const isNew = present !== this.#present;
    const lacking = this.#routers.lacking;
    if (present !== "" && (isNew || lacking.length > 0)) {
      const overlays = (await this.#manager.networks()).flatMap((network) => overlayOf(network) ?? []);
      for (const name of lacking)
        if (!overlays.some((each) => each.name === name)) this.#routers.forget(name);
      const wanting = overlays.filter(({ name }) => isNew || lacking.includes(name));
      for (const overlay of wanting) failures.push(...(await this.#admit(overlay, presence)));
    }
    this.#present = present;
    this.#tell(failures);
  }

  async #admit(overlay: Overlay, presence: Presence): Promise<readonly DriverError[]> {
    try {
      await this.#routers.join(overlay, presence);
      return [];
    } catch (error) {
      // It was removed meanwhile.
      if ((await findOverlay(this.#manager.engine, overlay.id)) === null) return [];
      return [swarmError(error, `Letting routers into the network ${overlay.name}`)];
    }
  }

  #tell(failures: readonly DriverError[]): void {
    for (const failure of failures) if (!this.#told.has(failure.message)) this.#report(failure);
    this.#told = new Set(failures.map(({ message }) => message));
  }
}

function engineAway(error: EngineError): DriverError {
  return new DriverError(
    "engine-unreachable",
    `An engine of a router's node cannot be asked (${error.message}). Its routers are let into new networks once it is back; take it out of ROUTER_ENGINES if it will not be.`,
    { cause: error },
  );
}
