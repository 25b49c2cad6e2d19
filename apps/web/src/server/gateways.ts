import {
  type Driver,
  type DriverEvent,
  ensureInstance,
  type InstanceFailure,
  type InstanceSpec,
  type ObservedState,
  type Outcome,
  type Phase,
  type Probe,
} from "@automna/control-plane";
import {
  type Database,
  ensureUserWithInstance,
  type InstanceRecord,
  type NewInstance,
  recordObservation,
} from "@automna/control-plane/database";
import type { RouteTable } from "@automna/proxy";
import { routeTo } from "./instance-route.ts";
import type { Logger } from "./log.ts";

/** What a person's gateway is doing. */
export type GatewayView =
  | { readonly status: "ready"; readonly instanceId: string; readonly authToken: string | null }
  | {
      readonly status: "provisioning";
      readonly instanceId: string;
      readonly phase: ProvisioningPhase;
      readonly since: number;
    }
  | { readonly status: "failed"; readonly instanceId: string; readonly failure: InstanceFailure };

/** The named steps that a page shows; `queued` before the first. */
export type ProvisioningPhase = "queued" | Phase["action"];

/** Everybody's gateways, as far as this process runs them. */
export interface Gateways {
  /**
   * The person's gateway, made, started or repaired if it has to be. Resolves at once with its state of this moment;
   * may be called at any time, by anybody, as often as they like.
   */
  ensure(clerkId: string): Promise<GatewayView>;
  /** Ends the work and stops every gateway that was started here. */
  close(): Promise<void>;
}

/** An instance as the driver wants it, and the token that its owner's browser is given. */
export interface PreparedInstance {
  readonly spec: InstanceSpec;
  readonly authToken: string | null;
}

export interface GatewaysOptions {
  readonly database: Database;
  readonly driver: Driver;
  readonly probe: Probe;
  readonly routes: RouteTable;
  /** Decides id, subdomain and token of a new instance. */
  readonly create: (ownerId: string) => NewInstance;
  /** Opens the token and says how the instance is to be run here, today. */
  readonly prepare: (instance: InstanceRecord) => Promise<PreparedInstance>;
  readonly log: Logger;
  readonly now?: () => number;
}

/** A failed gateway is started anew when somebody asks for it and this much time has gone by. */
const RETRY_FAILED_AFTER_MS = 60_000;

interface Supervised {
  readonly prepared: PreparedInstance;
  view: GatewayView;
  /** When the view last changed, in milliseconds since the epoch. */
  changedAt: number;
  /** The loop that is bringing it up; null while there is nothing to do. */
  work: Promise<void> | null;
}

/** Keeps the gateway of everybody who asked running, and the database and the route table up to date about it. */
export function createGateways(options: GatewaysOptions): Gateways {
  const { database, driver, routes, log, now = Date.now } = options;
  const supervised = new Map<string, Supervised>();
  const adopting = new Map<string, Promise<Supervised>>();
  const stopping = new AbortController();
  const unsubscribe = driver.subscribe(onDriverEvent);

  async function adopt(instance: InstanceRecord): Promise<Supervised> {
    const prepared = await options.prepare(instance);
    const view: GatewayView = {
      status: "provisioning",
      instanceId: instance.id,
      phase: "queued",
      since: now(),
    };
    const entry: Supervised = { prepared, view, changedAt: now(), work: null };
    supervised.set(instance.id, entry);
    return entry;
  }

  function show(entry: Supervised, view: GatewayView): void {
    entry.view = view;
    entry.changedAt = now();
  }

  function bringUp(entry: Supervised): void {
    if (entry.work || stopping.signal.aborted) return;
    entry.work = ensureReady(entry)
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        log.error({ err: error, instance: entry.prepared.spec.id }, "gateway could not be brought up");
        show(entry, failedView(entry, unexpectedFailure(error)));
      })
      .finally(() => {
        entry.work = null;
      });
  }

  async function ensureReady(entry: Supervised): Promise<void> {
    const { spec } = entry.prepared;
    // A driver remembers that this revision has failed, until it has been stopped.
    if (entry.view.status === "failed") await driver.stop(spec.id);
    const outcome = await ensureInstance(
      spec,
      { status: "running", revision: spec.revision },
      {
        driver,
        probe: options.probe,
        signal: stopping.signal,
        onPhase: ({ action, since }) => {
          // A failed gateway that is looked at again stays failed until something else is known.
          if (entry.view.status !== "failed")
            show(entry, { status: "provisioning", instanceId: spec.id, phase: action, since });
        },
      },
    );
    await publish(entry, observedBy(outcome, spec));
    show(entry, viewOf(outcome, entry));
    log.info({ instance: spec.id, product: spec.product, outcome: outcome.status }, "gateway");
  }

  async function publish(entry: Supervised, observed: ObservedState): Promise<void> {
    const { spec } = entry.prepared;
    const route = routeTo(spec, observed);
    if (route) routes.set(route);
    await recordObservation(database, spec.id, observed);
  }

  function onDriverEvent({ instanceId, observation }: DriverEvent): void {
    const entry = supervised.get(instanceId);
    // While the loop runs it looks for itself.
    if (!entry || entry.work || observation.status === "running") return;
    log.warn({ instance: instanceId, observed: observation.status }, "gateway went away");
    show(entry, { status: "provisioning", instanceId, phase: "queued", since: now() });
    publish(entry, observation)
      .catch((error: unknown) =>
        log.error({ err: error, instance: instanceId }, "state could not be written"),
      )
      .finally(() => bringUp(entry));
  }

  function isOverdue({ view, changedAt, work }: Supervised): boolean {
    return view.status === "failed" && work === null && now() - changedAt > RETRY_FAILED_AFTER_MS;
  }

  /** A driver keeps a failure until the instance is stopped. */
  async function tryAgain(entry: Supervised): Promise<void> {
    show(entry, entry.view);
    await driver.stop(entry.prepared.spec.id);
    bringUp(entry);
  }

  return {
    async ensure(clerkId) {
      const { instance } = await ensureUserWithInstance(database, clerkId, options.create);
      const entry =
        supervised.get(instance.id) ?? (await shared(adopting, instance.id, () => adopt(instance)));
      if (entry.view.status === "provisioning") bringUp(entry);
      if (isOverdue(entry)) await tryAgain(entry);
      return entry.view;
    },
    async close() {
      stopping.abort();
      unsubscribe();
      for (const { work } of supervised.values()) await work;
      await driver.close();
    },
  };
}

/** One call for all who ask for the same key at the same time. */
function shared<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = running.get(key);
  if (found) return found;
  const started = work().finally(() => running.delete(key));
  running.set(key, started);
  return started;
}

function viewOf(outcome: Outcome, entry: Supervised): GatewayView {
  const { spec, authToken } = entry.prepared;
  switch (outcome.status) {
    case "ready":
      return { status: "ready", instanceId: spec.id, authToken };
    case "failed":
      return failedView(entry, outcome.failure);
    default:
      return failedView(entry, {
        code: "driver-failed",
        message:
          "The gateway could not be looked at. It is tried again by itself; if this stays, read the server's log.",
      });
  }
}

function failedView(entry: Supervised, failure: InstanceFailure): GatewayView {
  return { status: "failed", instanceId: entry.prepared.spec.id, failure };
}

function unexpectedFailure(error: unknown): InstanceFailure {
  const reason = error instanceof Error ? error.message : "unknown error";
  return {
    code: "driver-failed",
    message: `${reason} The server's log has more; it is tried again by itself.`,
  };
}

function observedBy(outcome: Outcome, spec: InstanceSpec): ObservedState {
  const { revision } = spec;
  switch (outcome.status) {
    case "ready":
      return { status: "ready", revision, target: outcome.target };
    case "failed":
      return { status: "failed", revision, failure: outcome.failure };
    case "stopped":
      return { status: "stopped", exit: null };
    case "absent":
      return { status: "absent" };
    case "unknown":
      return { status: "unknown", reason: outcome.reason };
  }
}
