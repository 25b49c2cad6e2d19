import { expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { gatewayEnvironment } from "../src/server/gateway-environment.ts";

const PROXY = "http://proxy.example:3128";

test.each([
  [{}, {}],
  [{ NO_PROXY: "intranet" }, { NO_PROXY: "intranet" }],
  [{ HTTP_PROXY: PROXY }, { HTTP_PROXY: PROXY, NO_PROXY: "127.0.0.1" }],
  [
    { DRIVER: "docker", HTTPS_PROXY: PROXY, NO_PROXY: "intranet" },
    { HTTPS_PROXY: PROXY, NO_PROXY: "intranet,router.invalid" },
  ],
  [
    { DRIVER: "swarm", HTTP_PROXY: PROXY, MODEL_RELAY_URL: "http://10.0.0.6:3003" },
    { HTTP_PROXY: PROXY, NO_PROXY: "10.0.0.6" },
  ],
])("of %j a gateway is given %j", (env, given) => {
  expect(gatewayEnvironment(readConfig(env, "/app"))).toEqual(given);
});
