import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ConnectErrorDetailCodes } from "@openclaw/gateway-protocol/connect-error-details";
import { describe, expect, test } from "vitest";

import {
  adviceSentence,
  adviseOnClose,
  adviseOnConnectError,
  adviseOnRequestError,
  PAIRING_POLL_MS,
  type AdviceCode,
  type CloseContext,
  type CloseInfo,
  type ConnectAdvice,
  type GatewayErrorShape,
} from "../src/index.ts";
import { closesOf, parseCapture, versionOf } from "./recorded-frames.ts";

type Expected = [action: ConnectAdvice["action"], code: AdviceCode];
type Refusal = [situation: string, error: GatewayErrorShape, close: CloseInfo, expected: Expected];

function refused(message: string, details?: object, code = "INVALID_REQUEST"): GatewayErrorShape {
  return { code, message, ...(details && { details }) };
}

function policy(reason: string): CloseInfo {
  return { code: 1008, reason };
}

const MISMATCH = "unauthorized: gateway token mismatch (provide gateway auth token)";
const MISSING = "unauthorized: gateway token missing";
const LOCKED = "unauthorized: too many failed authentication attempts (retry later)";
const ORIGIN = "origin not allowed (open the Control UI from the gateway host)";
const BAD_PARAMS = "invalid connect params: at root: unexpected property 'hello'";
const FIRST = "invalid handshake: first request must be connect";

/** The rows in which `connect` is answered by an error: version 3 by its text, version 4 by its details. */
const REFUSALS: Refusal[] = [
  ["wrong token, version 3", refused(MISMATCH), policy(MISMATCH), ["refresh-token", "token-mismatch"]],
  [
    "wrong token, version 4",
    refused("x", { code: "AUTH_TOKEN_MISMATCH", canRetryWithDeviceToken: true }),
    policy(MISMATCH),
    ["refresh-token", "token-mismatch"],
  ],
  ["token missing, version 3", refused(MISSING), policy(MISSING), ["refresh-token", "token-missing"]],
  [
    "token missing, version 4",
    refused("x", { code: "AUTH_TOKEN_MISSING" }),
    policy(MISSING),
    ["refresh-token", "token-missing"],
  ],
  [
    "no auth and no device, version 3",
    refused("device identity required", undefined, "NOT_PAIRED"),
    policy("device identity required"),
    ["stop", "device-identity-required"],
  ],
  [
    "no auth and no device, version 4",
    refused("x", { code: "DEVICE_IDENTITY_REQUIRED" }, "NOT_PAIRED"),
    policy("device identity required"),
    ["stop", "device-identity-required"],
  ],
  [
    "too many failures, version 4",
    { ...refused("x", { code: "AUTH_RATE_LIMITED" }), retryable: true, retryAfterMs: 299_976 },
    policy(LOCKED),
    ["retry-after", "rate-limited"],
  ],
  [
    "not paired, version 3",
    refused("pairing required", { requestId: "r1" }, "NOT_PAIRED"),
    policy("pairing required"),
    ["pair", "pairing-required"],
  ],
  [
    "not paired, version 4",
    refused("x", { code: "PAIRING_REQUIRED", requestId: "r1", reason: "not-paired" }, "NOT_PAIRED"),
    policy("pairing required: device is not approved yet (requestId: r1)"),
    ["pair", "pairing-required"],
  ],
  [
    "Origin, version 4",
    refused("x", { code: "CONTROL_UI_ORIGIN_NOT_ALLOWED" }),
    policy(ORIGIN),
    ["stop", "origin-not-allowed"],
  ],
  [
    "protocol range, version 3",
    refused("protocol mismatch", { expectedProtocol: 5 }),
    { code: 1002, reason: "protocol mismatch" },
    ["stop", "protocol-mismatch"],
  ],
  [
    "protocol range, version 4",
    refused("x", { code: "PROTOCOL_MISMATCH", expectedProtocol: 5 }),
    { code: 1002, reason: "protocol mismatch" },
    ["stop", "protocol-mismatch"],
  ],
  ["bad params", refused(BAD_PARAMS), policy(BAD_PARAMS), ["stop", "invalid-connect"]],
  ["first request is another method", refused(FIRST), policy(FIRST), ["stop", "invalid-connect"]],
  ...["signature invalid", "signature expired", "nonce mismatch", "identity mismatch"].map(
    (what): Refusal => [
      `device ${what}, version 3`,
      refused(`device ${what}`),
      policy(`device ${what}`),
      ["retry", "device-proof-rejected"],
    ],
  ),
  ...["SIGNATURE_INVALID", "SIGNATURE_EXPIRED", "NONCE_MISMATCH", "DEVICE_ID_MISMATCH", "NEWLY_NAMED"].map(
    (what): Refusal => [
      `DEVICE_AUTH_${what}, version 4`,
      refused("x", { code: `DEVICE_AUTH_${what}` }),
      policy("device signature invalid"),
      ["retry", "device-proof-rejected"],
    ],
  ),
  [
    "still starting, version 4",
    {
      code: "UNAVAILABLE",
      message: "gateway starting; retry shortly",
      retryAfterMs: 500,
      details: { reason: "startup-sidecars" },
    },
    { code: 1013, reason: "gateway starting" },
    ["retry-after", "gateway-starting"],
  ],
  [
    "draining, version 4",
    {
      code: "UNAVAILABLE",
      message: "connect unavailable during gateway restart",
      retryAfterMs: 1000,
      details: { reason: "gateway-restarting" },
    },
    { code: 1013, reason: "connect unavailable during gateway restart" },
    ["retry-after", "gateway-restarting"],
  ],
  [
    "device token asking for more, version 4",
    refused("x", { code: "AUTH_SCOPE_MISMATCH" }),
    policy("unauthorized: device token scope mismatch (re-pair or approve scope upgrade)"),
    ["stop", "scope-mismatch"],
  ],
];

describe("a refused connect", () => {
  test.each(REFUSALS)("%s", (_situation, error, close, [action, code]) => {
    const advice = adviseOnClose(close, { handshake: true, error });
    expect(advice).toMatchObject({ action, code });
    expect(adviseOnConnectError(error, close)).toEqual(advice);
  });

  test.each(REFUSALS)("%s: the close alone says the same", (_situation, _error, close, [action, code]) => {
    expect(adviseOnClose(close, { handshake: true })).toMatchObject({ action, code });
  });

  test("names the pairing request from the error, and from the close when the error was lost", () => {
    const error = refused("pairing required", { requestId: "r1", reason: "scope-upgrade" }, "NOT_PAIRED");
    expect(adviseOnConnectError(error)).toMatchObject({
      requestId: "r1",
      reason: "scope-upgrade",
      retryAfterMs: PAIRING_POLL_MS,
    });
    const reason = "pairing required: device is not approved yet (requestId: r2)";
    expect(adviseOnClose(policy(reason), { handshake: true })).toMatchObject({ requestId: "r2" });
  });

  test("waits as long as the gateway says, and five minutes when a lock-out names no time", () => {
    const locked = { ...refused(LOCKED), retryAfterMs: 299_976 };
    expect(adviseOnConnectError(locked)).toMatchObject({ retryAfterMs: 299_976 });
    expect(adviseOnClose(policy(LOCKED), { handshake: true })).toMatchObject({ retryAfterMs: 300_000 });
    expect(adviseOnClose({ code: 1013, reason: "gateway starting" }, { handshake: true })).toMatchObject({
      retryAfterMs: 500,
    });
  });

  test("tries a rejected device proof once only", () => {
    expect(adviseOnConnectError(refused("device signature expired"))).toMatchObject({
      action: "retry",
      once: true,
    });
  });

  test("says when the device's own token would do", () => {
    const details = { code: "AUTH_TOKEN_MISMATCH", canRetryWithDeviceToken: true };
    expect(adviseOnConnectError(refused("x", details))).toMatchObject({ canRetryWithDeviceToken: true });
    expect(adviseOnConnectError(refused(MISMATCH))).not.toHaveProperty("canRetryWithDeviceToken");
  });

  test("names the protocol that the gateway wants", () => {
    const advice = adviseOnConnectError(refused("protocol mismatch", { expectedProtocol: 5 }));
    expect(advice).toMatchObject({ expectedProtocol: 5 });
    expect(adviceSentence(advice)).toMatch(/protocol 5/);
  });

  test("does not repeat a refusal that it does not know", () => {
    expect(adviseOnConnectError(refused("something new"))).toMatchObject({
      action: "stop",
      code: "connection-refused",
    });
    expect(adviseOnClose(policy(""), { handshake: true })).toMatchObject({
      action: "stop",
      code: "connection-refused",
    });
  });

  test("asks the operator when the gateway's own settings are the matter", () => {
    const details = { code: "AUTH_UNAUTHORIZED", recommendedNextStep: "review_auth_configuration" };
    expect(adviseOnConnectError(refused("unauthorized", details))).toMatchObject({
      action: "stop",
      code: "gateway-auth-misconfigured",
    });
    expect(adviseOnConnectError(refused("x", { code: "AUTH_TAILSCALE_WHOIS_FAILED" }))).toMatchObject({
      code: "gateway-auth-misconfigured",
    });
  });

  test.each(Object.values(ConnectErrorDetailCodes))("knows version 4's %s", (code) => {
    expect(adviseOnConnectError(refused("", { code })).code).not.toBe("connection-refused");
  });

  test("takes a hostile detail code for no code", () => {
    expect(adviseOnConnectError(refused(MISMATCH, { code: "constructor" }))).toMatchObject({
      code: "token-mismatch",
    });
    expect(adviseOnConnectError(refused(MISMATCH, { code: 7 }))).toMatchObject({ code: "token-mismatch" });
  });
});

const LIVE: CloseContext = { handshake: false };
const HANDSHAKE: CloseContext = { handshake: true };

const CLOSES: [situation: string, close: CloseInfo, context: CloseContext, expected: Expected][] = [
  ["first frame is no request", policy("invalid request frame"), HANDSHAKE, ["stop", "invalid-connect"]],
  [
    "first frame is not JSON, or nothing was sent",
    { code: 1000, reason: "" },
    HANDSHAKE,
    ["retry", "handshake-timeout"],
  ],
  ["policy changed", { code: 4001 }, LIVE, ["retry", "policy-changed"]],
  [
    "orderly restart",
    { code: 1012, reason: "service restart" },
    { ...LIVE, shutdown: { reason: "gateway restarting", restartExpectedMs: 1500 } },
    ["retry-after", "gateway-restarting"],
  ],
  [
    "orderly stop",
    { code: 1012, reason: "service restart" },
    { ...LIVE, shutdown: { reason: "gateway stopping" } },
    ["retry", "gateway-stopped"],
  ],
  [
    "1012 whose notice was lost",
    { code: 1012, reason: "service restart" },
    LIVE,
    ["retry", "gateway-restarting"],
  ],
  [
    "dropped after a shutdown notice",
    { code: 1006 },
    { ...LIVE, shutdown: { reason: "gateway restarting", restartExpectedMs: 1500 } },
    ["retry-after", "gateway-restarting"],
  ],
  ["slow consumer", policy("slow consumer"), LIVE, ["retry", "slow-consumer"]],
  ["1008 without a reason on a live connection", policy(""), LIVE, ["retry", "slow-consumer"]],
  [
    "1008 with a new reason on a live connection",
    policy("device removed"),
    LIVE,
    ["retry", "connection-lost"],
  ],
  ["frame too large", { code: 1009, reason: "" }, LIVE, ["retry", "frame-too-large"]],
  ["kill -9, network loss", { code: 1006, reason: "" }, LIVE, ["retry", "connection-lost"]],
  ["gateway down", { code: 1006, reason: "" }, HANDSHAKE, ["retry", "connection-lost"]],
  ["no status", { code: 1005 }, LIVE, ["retry", "connection-lost"]],
  ["tick timeout", { code: 4000, reason: "tick timeout" }, LIVE, ["retry", "tick-timeout"]],
  ["a code of a proxy between", { code: 4999 }, LIVE, ["retry", "connection-lost"]],
];

describe("a close", () => {
  test.each(CLOSES)("%s", (_situation, close, context, [action, code]) => {
    expect(adviseOnClose(close, context)).toMatchObject({ action, code });
  });

  test("waits at least half a second for an announced restart", () => {
    const shutdown = { reason: "gateway restarting", restartExpectedMs: 0 };
    expect(adviseOnClose({ code: 1012 }, { handshake: false, shutdown })).toMatchObject({
      retryAfterMs: 500,
    });
  });

  test("after hello-ok is not judged by an old refusal", () => {
    const context: CloseContext = { handshake: false, error: refused(MISMATCH) };
    expect(adviseOnClose({ code: 1006 }, context)).toMatchObject({
      action: "retry",
      code: "connection-lost",
    });
  });
});

describe("recorded closes", () => {
  const recorded = ["clawdbot-closes.jsonl", "openclaw-closes.jsonl"].flatMap((name) =>
    closesOf(
      versionOf(name),
      parseCapture(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8")),
    ),
  );

  test("are all there", () => {
    expect(recorded.filter(({ error }) => error !== undefined).length).toBeGreaterThan(40);
  });

  test.each(recorded.filter(({ handshake, close }) => handshake && close.code === 1008))(
    "version $version: $close.reason is never answered by plain repetition",
    ({ close, error }) => {
      for (const advice of [
        adviseOnClose(close, { handshake: true, error }),
        adviseOnClose(close, { handshake: true }),
      ]) {
        expect(advice.action === "retry" ? advice.once : true).toBe(true);
        expect(advice.code).not.toBe("connection-refused");
        expect(adviceSentence(advice)).toMatch(/^[A-Z].*\.$/);
      }
    },
  );

  test("on a live connection always lead back to a connection", () => {
    for (const { close } of recorded.filter(({ handshake }) => !handshake)) {
      expect(adviseOnClose(close, { handshake: false }).action).toMatch(/^retry/);
    }
  });
});

const REQUESTS: [situation: string, error: GatewayErrorShape, expected: Expected][] = [
  ["missing scope, version 3", refused("missing scope: operator.write"), ["stop", "missing-scope"]],
  [
    "missing scope, version 4",
    refused("x", { code: "MISSING_SCOPE", missingScope: "operator.write" }, "FORBIDDEN"),
    ["stop", "missing-scope"],
  ],
  ["unknown method", refused("unknown method: x"), ["stop", "unknown-method"]],
  [
    "another text under the same key",
    refused("x", { reason: "chat-request-conflict" }),
    ["stop", "idempotency-conflict"],
  ],
  [
    "bad params",
    refused("invalid chat.send params: at root: unexpected property 'foo'"),
    ["stop", "invalid-request"],
  ],
  [
    "draining",
    {
      code: "UNAVAILABLE",
      message: "x",
      retryable: true,
      retryAfterMs: 1000,
      details: { reason: "gateway-restarting" },
    },
    ["retry-after", "gateway-restarting"],
  ],
  ["unavailable", { code: "UNAVAILABLE", message: "x" }, ["retry-after", "gateway-unavailable"]],
  [
    "unavailable for good",
    { code: "UNAVAILABLE", message: "x", retryable: false },
    ["stop", "gateway-unavailable"],
  ],
  ["agent timeout", { code: "AGENT_TIMEOUT", message: "x" }, ["retry", "agent-timeout"]],
  ["not linked", { code: "NOT_LINKED", message: "x" }, ["stop", "not-linked"]],
  ["not paired", { code: "NOT_PAIRED", message: "x" }, ["pair", "pairing-required"]],
];

describe("a refused request", () => {
  test.each(REQUESTS)("%s", (_situation, error, [action, code]) => {
    expect(adviseOnRequestError(error)).toMatchObject({ action, code });
  });

  test("names the scope that is missing on both versions", () => {
    const three = adviseOnRequestError(refused("missing scope: operator.admin"));
    const four = adviseOnRequestError(refused("x", { missingScope: "operator.admin" }, "FORBIDDEN"));
    expect(three).toMatchObject({ missingScope: "operator.admin" });
    expect(four).toEqual(three);
  });
});
