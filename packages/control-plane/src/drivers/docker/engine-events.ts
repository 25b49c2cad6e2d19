import type { Clock } from "../../clock.ts";
import { LABEL } from "../../containers/labels.ts";
import type { Engine } from "./engine.ts";

/** What may change the state of a container that nobody asked for. */
const ACTIONS = ["start", "die", "oom", "pause", "unpause", "destroy", "health_status: unhealthy"];
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Tells which instances had something happen to their container, until the signal aborts. It only hastens what the
 * periodic look finds anyway: events of the time without a connection are lost.
 */
export async function followEvents(
  engine: Engine,
  deployment: string,
  tell: (instanceId: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = RETRY_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
    try {
      const filters = {
        type: ["container" as const],
        label: [`${LABEL.deployment}=${deployment}`],
        event: ACTIONS,
      };
      const events = await engine.stream((docker) => docker.getEvents({ filters, abortSignal: signal }));
      for await (const instanceId of instancesIn(events)) {
        wait = RETRY_MS;
        tell(instanceId);
      }
    } catch {
      // The engine is away or the stream broke: both end in another try.
    }
    await clock.sleep(wait, signal).catch(() => undefined);
  }
}

async function* instancesIn(events: NodeJS.ReadableStream): AsyncGenerator<string> {
  let pending = "";
  for await (const chunk of events) {
    const lines = (pending + chunk.toString()).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      const instanceId = instanceOf(line);
      if (instanceId !== null) yield instanceId;
    }
  }
}

function instanceOf(line: string): string | null {
  try {
    const event: { Actor?: { Attributes?: Record<string, string> } } = JSON.parse(line);
    return event.Actor?.Attributes?.[LABEL.instance] ?? null;
  } catch {
    return null;
  }
}
