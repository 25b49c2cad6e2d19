import { PARAMS_V3 } from "./accepted-params-v3.ts";
import { PARAMS_V4 } from "./accepted-params-v4.ts";
import type { ProtocolVersion } from "./options.ts";
import type { Shape } from "./param-shapes.ts";

/** The params shape of `method`, or undefined where the gateway does not look at them. */
export function paramsShape(version: ProtocolVersion, method: string): Shape | undefined {
  return (version === 3 ? PARAMS_V3 : PARAMS_V4)[method];
}
