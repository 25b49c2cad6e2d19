import { ensureUserWithInstance, findInstance, newInstance } from "@automna/control-plane/database";
import { expect, test } from "vitest";
import { prepareInstance, type PreparationOptions } from "../src/server/instance-preparation.ts";
import { newHouse } from "./support/front.ts";

const OLD = "automna/clawdbot:x";

async function prepared(runtime: PreparationOptions["runtime"], image: string | null = null) {
  const { database, keyRing } = await newHouse();
  const kind = { driver: "docker", product: "clawdbot", image: OLD } as const;
  const { instance } = await ensureUserWithInstance(database, "somebody", (ownerId) =>
    newInstance(ownerId, kind, keyRing),
  );
  const options: PreparationOptions = {
    database,
    keyRing,
    runtime,
    modelFor: () => null,
    allowedOrigins: () => [],
    redactor: { add: () => {}, text: (text) => text, value: (value) => value },
  };
  const { spec } = await prepareInstance(instance, options, image ?? instance.image);
  return { spec, row: await findInstance(database, instance.id) };
}

test.each([OLD, "automna/clawdbot:y"])(
  "another product runs its own image, not %s of the one before",
  async (image) => {
    const openclaw = {
      driver: "docker",
      product: "openclaw",
      build: "",
      image: "automna/openclaw:1",
    } as const;
    const { spec, row } = await prepared(openclaw, image);
    expect(spec).toMatchObject({ product: "openclaw", image: openclaw.image });
    expect(row).toMatchObject({ product: "openclaw", image: openclaw.image, nextImage: null });
  },
);

test("where the same product is run by another driver, a gateway keeps its image", async () => {
  const swarm = { driver: "swarm", product: "clawdbot", build: "", image: "automna/clawdbot:z" } as const;
  const { spec, row } = await prepared(swarm);
  expect(spec.image).toBe(OLD);
  expect(row).toMatchObject({ driver: "swarm", image: OLD });
});
