import fc from "fast-check";
import { expect, test } from "vitest";
import { containerNames, containerProfile } from "../src/container-profile.ts";
import { runContainer } from "../src/drivers/docker/containers.ts";
import { Engine } from "../src/drivers/docker/engine.ts";
import { specWith } from "./support/instances.ts";
import { type Answer, type Json, startScriptedEngine } from "./support/scripted-engine.ts";

/** Workers of one engine, each of which sees what the others have made and not what they are about to make. */
const WORKERS = [0, 1] as const;
const INSTANCES = ["a", "b", "c", "d"].map((letter) => letter.repeat(24));
/** Room for all of them beside every stranger. */
const RANGE = { firstPort: 19_000, lastPort: 19_006 };
const STRANGERS = [19_000, 19_001, 19_002];

type Step =
  /** All at the same time. */
  | { kind: "run"; wanted: readonly (readonly [worker: number, instance: string])[] }
  /** Its engine ended it, and may start it again whenever it likes. */
  | { kind: "end" | "come-back" | "remove"; instance: string }
  /** Another program listens there, or no longer. */
  | { kind: "stranger"; port: number };

const instance = fc.constantFrom(...INSTANCES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("run" as const),
    wanted: fc.uniqueArray(fc.tuple(fc.constantFrom(...WORKERS), instance), {
      minLength: 1,
      maxLength: 4,
      // One worker at a time has an instance's lease.
      selector: ([, id]) => id,
    }),
  }),
  fc.record({
    kind: fc.constantFrom("end" as const, "come-back" as const, "remove" as const),
    instance,
  }),
  fc.record({ kind: fc.constant("stranger" as const), port: fc.constantFrom(...STRANGERS) }),
);

interface Made {
  readonly id: string;
  readonly order: Json;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  running: boolean;
}

/** As an engine keeps ports: a container has its own while it runs, and its name for it always. */
class World {
  readonly strangers = new Set<number>();
  readonly #containers = new Map<string, Made>();
  #count = 0;

  readonly answer = (line: string, body: Json): Answer => {
    const [, id = "", verb = ""] = /^\w+ \/containers\/([^/]+)(?:\/(\w+))?$/.exec(line) ?? [];
    if (line === "GET /info") return [200, { NCPU: 8 }];
    if (line === "GET /containers/json") return [200, this.list()];
    if (line === "POST /containers/create") return [201, { Id: this.#create(body) }];
    const made = this.#containers.get(id);
    if (!made) return [404, { message: "No such container" }];
    if (verb === "json") return [200, { Id: id, HostConfig: made.order["HostConfig"], Config: made.order }];
    if (verb === "start") return this.start(made);
    this.#containers.delete(id);
    return [204];
  };

  list(): readonly (Json & { readonly Labels: Made["labels"] })[] {
    return this.made().map(({ id, labels }) => ({ Id: id, Labels: labels }));
  }

  made(): readonly Made[] {
    return [...this.#containers.values()];
  }

  of(instanceId: string): Made | undefined {
    return this.made().find(({ labels }) => labels["ai.automna.instance"] === instanceId);
  }

  start(made: Made): Answer {
    const others = this.made().filter(({ id, running }) => running && id !== made.id);
    const at = `127.0.0.1:${made.port}`;
    if (others.some(({ port }) => port === made.port))
      return [500, { message: `Bind for ${at} failed: port is already allocated` }];
    if (this.strangers.has(made.port))
      return [500, { message: `listen tcp4 ${at}: bind: address already in use` }];
    made.running = true;
    return [204];
  }

  remove({ id }: Made): void {
    this.#containers.delete(id);
  }

  #create(order: Json): string {
    const id = `c${++this.#count}`;
    const labels = order["Labels"] as Made["labels"];
    const host = order["HostConfig"] as {
      readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
    };
    const [[binding] = []] = Object.values(host.PortBindings);
    this.#containers.set(id, { id, order, labels, port: Number(binding?.HostPort), running: false });
    return id;
  }
}

async function runs(engine: Engine, id: string): Promise<void> {
  const profile = containerProfile(
    specWith({ id }),
    { images: { demo: "gateway:1" } },
    { routerAddresses: [], attempt: "1" },
  );
  await runContainer(engine, { profile, names: containerNames(id), publish: RANGE, maxRestarts: 1 });
}

test("no sequence of starts, ends, removals and other programs publishes two containers at one port, or one at somebody else's", async () => {
  let world = new World();
  const { host } = await startScriptedEngine((line, body) => world.answer(line, body));
  const engines = WORKERS.map(() => new Engine({ host }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25, size: "max" }), async (steps) => {
      world = new World();
      for (const taken of steps) {
        if (taken.kind === "stranger") {
          const isHeld = world.made().some(({ port, running }) => running && port === taken.port);
          if (!world.strangers.delete(taken.port) && !isHeld) world.strangers.add(taken.port);
        } else if (taken.kind === "run") {
          const begun = taken.wanted.filter(([, id]) => world.of(id) === undefined);
          await Promise.all(begun.map(([at, id]) => runs(engines[at] ?? engines[0]!, id)));
          for (const [, id] of begun) expect(world.of(id)).toMatchObject({ running: true });
        } else {
          const made = world.of(taken.instance);
          if (made && taken.kind === "end") made.running = false;
          if (made && taken.kind === "remove") world.remove(made);
          // Nobody but a stranger may be where it was.
          if (made && !made.running && taken.kind === "come-back" && !world.strangers.has(made.port))
            expect(world.start(made)).toEqual([204]);
        }
        const ports = world.made().map(({ port }) => port);
        expect({ taken, ports: new Set(ports).size }).toEqual({ taken, ports: ports.length });
      }
    }),
    { numRuns: 30 },
  );
});
