import type { Settings } from "./core.ts";
import type { FakeGatewayOptions, ProtocolVersion } from "./options.ts";
import { echoModel } from "./script.ts";

/** Every option with its default. */
export function settingsOf(version: ProtocolVersion, options: FakeGatewayOptions): Settings {
  const three = version === 3;
  return {
    auth: options.auth ?? { mode: "token", token: "test-token" },
    pairing: options.pairing ?? "silent",
    allowedOrigins: options.allowedOrigins ?? [],
    model: options.model ?? echoModel,
    timing: {
      responseMs: 0,
      prepareMs: 10,
      persistMs: three ? 5 : 12,
      deltaMs: three ? 150 : 75,
      tickMs: 30_000,
      handshakeMs: three ? 10_000 : 15_000,
      dedupeMs: 300_000,
      lateOkMs: 5,
      retryMs: 1000,
      resumeMs: 3000,
      ...options.timing,
    },
    limits: {
      maxPayload: three ? 524_288 : 26_214_400,
      maxHandshakePayload: three ? 524_288 : 65_536,
      ...options.limits,
    },
    models: options.models ?? [
      { provider: "fake", id: "fake-1", name: "Fake One" },
      { provider: "fake", id: "fake-think", name: "Fake Think", reasoning: true },
    ],
    agents: options.agents ?? [{ id: "main" }],
    serverVersion: options.serverVersion ?? (three ? "dev" : "2026.9.6"),
    verifySignatures: options.verifySignatures ?? true,
  };
}
