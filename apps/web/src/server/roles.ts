import type { Role } from "../config.ts";

/** What a process runs beside the database and the operations port. */
export interface Parts {
  /** Next: pages and API. */
  readonly pages: boolean;
  /** The app's port, and the way from it to gateways and machines. */
  readonly routing: boolean;
  /** Gateways are started, watched and stopped from here. */
  readonly work: boolean;
}

const PARTS: Readonly<Record<Role, Parts>> = {
  all: { pages: true, routing: true, work: true },
  // Routes as well, so that a balancer which does not split by path still works.
  web: { pages: true, routing: true, work: false },
  router: { pages: false, routing: true, work: false },
  worker: { pages: false, routing: false, work: true },
};

export function partsOf(role: Role): Parts {
  return PARTS[role];
}
