import { parseKeyRing } from "@automna/control-plane";
import { type Database, newInstance } from "@automna/control-plane/database";
import { createLeases, createWorker, type Worker, type WorkerOptions } from "@automna/control-plane/jobs";
import { onTestFinished } from "vitest";
import { READY } from "./house.ts";
import { plainPreparation } from "./preparation.ts";
import { TOKEN_KEYS } from "./stored-instance.ts";

const RUNTIME = { driver: "process", product: "demo" } as const;
const keyRing = parseKeyRing(TOKEN_KEYS);

type Stored = Readonly<{ database: Database; url: string }>;
type Wanted = Pick<WorkerOptions, "driver"> & Partial<Omit<WorkerOptions, "database" | "leases">>;

/** A worker on that database until the test is over. Unless told otherwise, what it starts is ready at once. */
export function startWorkerOn({ database, url }: Stored, wanted: Wanted): Worker {
  const leases = createLeases(url);
  const worker = createWorker({
    database,
    leases,
    probe: () => Promise.resolve(READY),
    prepare: plainPreparation({ database, keyRing, runtime: RUNTIME }),
    ...wanted,
  });
  onTestFinished(async () => {
    await worker.close();
    await leases.close();
  });
  return worker;
}

/** Gives somebody one more instance, which no worker has looked at yet. */
export async function addInstance(database: Database, clerkId: string): Promise<string> {
  const { id: ownerId } = await database.user.upsert({
    where: { clerkId },
    create: { clerkId },
    update: {},
  });
  const made = newInstance(ownerId, RUNTIME, keyRing);
  await database.instance.create({ data: { ...made, ownerId, basePath: "" } });
  return made.id;
}
