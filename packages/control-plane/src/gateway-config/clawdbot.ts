import { join } from "node:path";
import type { GatewayConfig, GatewayListen, GatewayPaths, GatewaySettings } from "../gateway-config.ts";
import { GatewayConfigError } from "./config-error.ts";
import { modelConfig } from "./models.ts";
import type { ModelDialect } from "./models.ts";

const MODELS: ModelDialect = {
  // Clawdbot picks its own Anthropic model; the OpenAI one is what its documentation writes.
  defaultModels: { openai: "openai/gpt-5.2", anthropic: undefined },
  // Clawdbot resolves a "${VAR}" key when it loads the file and writes the result, in clear, into the agent's
  // models.json. For the providers that it knows by name it takes the key from the environment and writes the
  // variable's name; so the endpoint stands under one of those names.
  endpointName: "openai",
  endpointKeyVariable: "OPENAI_API_KEY",
};

/** `clawdbot.json` and the environment for one Clawdbot gateway. */
export function clawdbotConfig(
  settings: GatewaySettings,
  listen: GatewayListen,
  paths: GatewayPaths,
): GatewayConfig {
  if (settings.auth.mode !== "token") {
    throw new GatewayConfigError(
      "auth-unsupported",
      "Clawdbot has no trusted-proxy mode. Give this instance a token, or run OpenClaw.",
    );
  }
  if (settings.localPairing === "approval") {
    throw new GatewayConfigError(
      "pairing-unsupported",
      "Clawdbot pairs every device of this machine by itself. Leave local pairing at silent, or run OpenClaw.",
    );
  }
  const model = modelConfig(settings.model, MODELS);
  const path = join(paths.configDir ?? paths.stateDir, "clawdbot.json");
  return {
    product: "clawdbot",
    file: {
      path,
      content: {
        gateway: {
          mode: "local",
          port: listen.port,
          bind: listen.bind,
          auth: { mode: "token" },
          ...(settings.trustedProxies.length > 0 ? { trustedProxies: settings.trustedProxies } : {}),
          controlUi: { enabled: true },
        },
        ...(model.models === undefined ? {} : { models: model.models }),
        agents: {
          defaults: {
            workspace: paths.workspaceDir,
            skipBootstrap: true,
            heartbeat: { every: "0m" },
            ...(model.model === undefined ? {} : { model: model.model }),
          },
        },
        discovery: { wideArea: { enabled: false } },
        browser: { enabled: false },
        canvasHost: { enabled: false },
        update: { checkOnStart: false },
        logging: { file: join(paths.logDir, "clawdbot.log") },
      },
    },
    keyFile: null,
    env: {
      HOME: paths.homeDir,
      TMPDIR: paths.tmpDir,
      XDG_CACHE_HOME: join(paths.homeDir, ".cache"),
      LANG: "C.UTF-8",
      CLAWDBOT_STATE_DIR: paths.stateDir,
      CLAWDBOT_CONFIG_PATH: path,
      CLAWDBOT_GATEWAY_PORT: String(listen.port),
      CLAWDBOT_GATEWAY_TOKEN: settings.auth.token,
      CLAWDBOT_NO_RESPAWN: "1",
      CLAWDBOT_DISABLE_BONJOUR: "1",
      CLAWDBOT_SKIP_CHANNELS: "1",
      CLAWDBOT_SKIP_PROVIDERS: "1",
      CLAWDBOT_SKIP_GMAIL_WATCHER: "1",
      CLAWDBOT_SKIP_BROWSER_CONTROL_SERVER: "1",
      CLAWDBOT_SKIP_CANVAS_HOST: "1",
      ...model.env,
    },
    secrets: [settings.auth.token, ...model.secrets],
  };
}
