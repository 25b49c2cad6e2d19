import { expect, test } from "vitest";
import { LABEL, ownershipLabels } from "../src/containers/labels.ts";
import { Engine } from "../src/drivers/docker/engine.ts";
import { awaitAcceptance } from "../src/drivers/swarm/convergence.ts";
import { Manager } from "../src/drivers/swarm/manager.ts";
import { systemClock } from "../src/index.ts";
import { startFakeEngine } from "./support/fake-engine.ts";
import { specWith } from "./support/instances.ts";

test("the wait for a node that still gets the image ends with the run that wanted it", async () => {
  const spec = specWith();
  const run = new AbortController();
  const { host } = await startFakeEngine({
    "GET /services/gateway": {
      ID: "it",
      Spec: { Labels: { ...ownershipLabels("automna", spec.id), [LABEL.revision]: spec.revision } },
    },
    "GET /tasks"(res) {
      run.abort(new Error("a stop is wanted"));
      res.end(JSON.stringify([{ ID: "task", Status: { State: "preparing" } }]));
    },
  });
  const manager = new Manager(new Engine({ host }), "automna");
  await expect(awaitAcceptance(manager, "gateway", spec, [], systemClock, run.signal)).rejects.toThrow(
    "aborted",
  );
});
