import type { ReloadSecrets } from "@automna/control-plane";
import * as v from "valibot";
import { withControl } from "./gateway-control.ts";

const reloaded = v.object({ ok: v.literal(true) });

/** Longer than a busy gateway needs; one that hangs must not keep the others waiting. */
const PATIENCE_MS = 15_000;

/** Has OpenClaw read again the files that its configuration names as secrets. */
export const reloadSecrets: ReloadSecrets = (target, signal) =>
  withControl(target, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]), async (control) => {
    v.parse(reloaded, await control.request("secrets.reload", {}));
  });
