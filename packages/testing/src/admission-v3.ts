import { refuse } from "./admission-claim.ts";
import type { Admitted, Claim, Refused } from "./admission-claim.ts";
import type { Core } from "./core.ts";
import { checkDevice, requirePairing } from "./device-admission.ts";
import { covers } from "./devices.ts";
import type { DeviceClaim } from "./devices.ts";
import { stringAt } from "./json.ts";

export function admitV3(core: Core, claim: Claim): Admitted | Refused {
  const token = stringAt(claim.auth, "token") ?? "";
  const scopes = claim.asked.length ? [...claim.asked] : ["operator.admin"];
  if (!claim.device) {
    if (claim.clientId === "clawdbot-control-ui")
      return refuse("control ui requires HTTPS or localhost (secure context)");
    // An arbitrary token next to the password is enough to get past this check; the password is judged below.
    if (token === "") return refuse("device identity required", undefined, { code: "NOT_PAIRED" });
  }
  const claimed = claim.device && checkDevice(core, claim, claim.device);
  if (claimed && "error" in claimed) return claimed;
  const method = secretV3(core, claim, token, scopes, claimed);
  if (typeof method !== "string") return method;
  if (!claimed) return { scopes, device: undefined, method, profileId: "" };
  const paired = requirePairing(core, claim, { ...claimed, scopes });
  return "error" in paired ? paired : { scopes: scopes.toSorted(), device: paired, method, profileId: "" };
}

function secretV3(
  core: Core,
  claim: Claim,
  token: string,
  scopes: readonly string[],
  device: DeviceClaim | undefined,
): Admitted["method"] | Refused {
  const { auth } = core.settings;
  const hint =
    claim.clientId.includes("control-ui") || claim.mode === "webchat"
      ? "open a tokenized dashboard URL or paste token in Control UI settings"
      : "provide gateway auth token";
  if (auth.mode === "password") {
    if (stringAt(claim.auth, "password") === auth.password) return "password";
    return refuse(
      `unauthorized: gateway password ${stringAt(claim.auth, "password") ? "mismatch" : "missing"} (enter the password in Control UI settings)`,
    );
  }
  const expected = auth.mode === "token" ? auth.token : undefined;
  if (token !== "" && token === expected) return "token";
  const known = device && core.disk.devices.get(device.id);
  if (known && token === known.token && covers(known, scopes)) return "device-token";
  return refuse(`unauthorized: gateway token ${token === "" ? "missing" : "mismatch"} (${hint})`);
}
