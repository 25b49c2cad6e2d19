import { join } from "node:path";
import type {
  GatewayAuth,
  GatewayConfig,
  GatewayListen,
  GatewayPaths,
  GatewaySettings,
  JsonValue,
} from "../gateway-config.ts";
import { modelConfig } from "./models.ts";
import type { ModelDialect } from "./models.ts";

const KEY_VARIABLE = "AUTOMNA_MODEL_API_KEY";
const KEY_PROVIDER = "automna";

const MODELS: ModelDialect = {
  // OpenClaw picks its own OpenAI model; the Anthropic one is what its documentation writes.
  defaultModels: { openai: undefined, anthropic: "anthropic/claude-opus-5" },
  endpointName: "custom",
  endpointKeyVariable: KEY_VARIABLE,
  endpointKeyReference: { source: "env", provider: "default", id: KEY_VARIABLE },
};

/** A file is read again at `secrets.reload`, the environment never. */
const MODELS_BY_FILE: ModelDialect = {
  ...MODELS,
  endpointKeyVariable: null,
  endpointKeyReference: { source: "file", provider: KEY_PROVIDER, id: "value" },
};

/** `openclaw.json` and the environment for one OpenClaw gateway. */
export function openclawConfig(
  settings: GatewaySettings,
  listen: GatewayListen,
  paths: GatewayPaths,
): GatewayConfig {
  const model = modelConfig(settings.model, paths.configDir === undefined ? MODELS : MODELS_BY_FILE);
  const path = join(paths.configDir ?? paths.stateDir, "openclaw.json");
  const keyFile =
    model.endpointKey === null
      ? null
      : { path: join(paths.configDir ?? paths.stateDir, "model-key"), content: model.endpointKey };
  const token = settings.auth.mode === "token" ? settings.auth.token : null;
  return {
    product: "openclaw",
    file: {
      path,
      content: {
        gateway: {
          mode: "local",
          port: listen.port,
          bind: listen.bind,
          auth: authBlock(settings.auth),
          ...(settings.trustedProxies.length > 0 ? { trustedProxies: settings.trustedProxies } : {}),
          controlUi: {
            enabled: true,
            allowedOrigins: settings.allowedOrigins,
            ...(settings.basePath === "" ? {} : { basePath: settings.basePath }),
          },
          ...(settings.localPairing === "approval"
            ? { nodes: { pairing: { autoApproveLocal: false } } }
            : {}),
          terminal: { enabled: false },
        },
        ...(keyFile === null
          ? {}
          : {
              secrets: {
                providers: { [KEY_PROVIDER]: { source: "file", path: keyFile.path, mode: "singleValue" } },
              },
            }),
        ...(model.models === undefined ? {} : { models: model.models }),
        agents: {
          defaults: {
            workspace: paths.workspaceDir,
            skipBootstrap: true,
            heartbeat: { every: "0m" },
            ...(model.model === undefined ? {} : { model: model.model }),
          },
        },
        browser: { enabled: false },
        telemetry: { enabled: false },
        update: { checkOnStart: false },
        logging: { file: join(paths.logDir, "openclaw.log") },
      },
    },
    keyFile,
    env: {
      HOME: paths.homeDir,
      TMPDIR: paths.tmpDir,
      XDG_CACHE_HOME: join(paths.homeDir, ".cache"),
      LANG: "C.UTF-8",
      OPENCLAW_STATE_DIR: paths.stateDir,
      OPENCLAW_CONFIG_PATH: path,
      OPENCLAW_NO_RESPAWN: "1",
      OPENCLAW_DISABLE_BONJOUR: "1",
      OPENCLAW_SKIP_CHANNELS: "1",
      OPENCLAW_EXEC_SHELL_SNAPSHOT: "0",
      ...(paths.configDir === undefined ? {} : { OPENCLAW_CONFIG_READONLY: "1" }),
      ...(token === null ? {} : { OPENCLAW_GATEWAY_TOKEN: token }),
      ...model.env,
    },
    secrets: [...(token === null ? [] : [token]), ...model.secrets],
  };
}

function authBlock(auth: GatewayAuth): JsonValue {
  // In trusted-proxy mode any configured token is a start-up error.
  if (auth.mode === "token") return { mode: "token" };
  return {
    mode: "trusted-proxy",
    identityScopes: { [auth.identity]: auth.scopes, [auth.control]: ["operator.admin"] },
    trustedProxy: {
      userHeader: auth.userHeader,
      requiredHeaders: ["x-forwarded-proto"],
      allowUsers: [auth.identity, auth.control],
      ...(auth.allowLoopback ? { allowLoopback: true } : {}),
    },
  };
}
