import { createServer } from "node:http";
import { join } from "node:path";
import {
  type GatewayProgram,
  type KeyRing,
  type ModelProvider,
  open,
  revisionOf,
  startProcessDriver,
} from "@automna/control-plane";
import {
  findOwnedInstance,
  type InstanceRecord,
  newInstance,
  setProduct,
} from "@automna/control-plane/database";
import {
  createProxy,
  createRouteTable,
  hardenedServerOptions,
  hardenServer,
  type Proxy,
} from "@automna/proxy";
import type { Config } from "../config.ts";
import { provideContext } from "./context.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { createGateways, type PreparedInstance } from "./gateways.ts";
import { chooseGatewayProgram } from "./gateway-program.ts";
import { createIdentify, LOCAL_USER } from "./identify.ts";
import { createInstanceAccess, INSTANCE_ID } from "./instance-access.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import { chooseModel, describeModel } from "./model-provider.ts";
import { startPages } from "./next-pages.ts";
import { createOriginPolicy, type OriginPolicy } from "./origin-policy.ts";
import { probeGateway } from "./probe.ts";
import { openStorage, type Storage } from "./storage.ts";

/** The running app. */
export interface RunningServer {
  /** Where people open it. */
  readonly origin: string;
  /** What a person who starts it should know, a sentence each. */
  readonly notes: readonly string[];
  /** Lets what runs finish for a moment, then ends everything that was started. */
  close(): Promise<void>;
}

/**
 * Starts the whole app: database, gateways' driver, pages, port. It serves pages as soon as it returns; gateways come up
 * behind it.
 */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  addSecrets(config, log);
  const [storage, pages, program, model] = await Promise.all([
    openStorage(config, log),
    startPages(config),
    chooseGatewayProgram(config.gateway, {
      dataDir: config.dataDir,
      searchPath: config.searchPath,
      onUnusable: (reason) => log.logger.warn({ reason }, "an installed gateway was passed over"),
    }),
    chooseModel(config.model),
  ]);
  const driver = await startProcessDriver({
    dataDir: join(config.dataDir, "instances"),
    programFor: () => Promise.resolve(program),
    searchPath: config.searchPath,
    environment: config.gatewayEnvironment,
  });
  const proxy = startProxy(log);

  let dispatcher: Dispatcher | null = null;
  const { servers, port } = await listen(
    () => {
      const server = createServer(hardenedServerOptions());
      server.on("request", (req, res) => (dispatcher ? dispatcher.handleRequest(req, res) : res.destroy()));
      server.on("upgrade", (req, socket, head) =>
        dispatcher ? dispatcher.handleUpgrade(req, socket, head) : socket.destroy(),
      );
      hardenServer(server);
      return server;
    },
    config.host,
    config.port,
  );

  const policy = createOriginPolicy({ ...config, port });
  const identify = createIdentify(config.identity, policy.origins);
  const routes = createRouteTable({ paths: [{ prefix: "/i/", id: INSTANCE_ID }] });
  const gateways = createGateways({
    database: storage.database,
    driver,
    probe: probeGateway,
    routes,
    create: (ownerId) =>
      newInstance(ownerId, { driver: "process", product: program.product }, storage.keyRing),
    prepare: (instance) => prepareInstance(instance, { storage, program, model, policy, log }),
    log: log.logger,
  });
  provideContext({ identity: config.identity, identify, policy, gateways, product: program.product });
  dispatcher = createDispatcher({
    pages,
    proxy,
    access: createInstanceAccess({
      routes,
      identify,
      policy,
      findOwned: (id, clerkId) => findOwnedInstance(storage.database, id, clerkId),
    }),
    policy,
    security: {
      production: config.production,
      secure: policy.originOf(undefined).startsWith("https:"),
      clerk: config.identity.kind === "clerk" ? config.identity.clerk : null,
    },
    onError: (error) => log.logger.error({ err: error }, "a page could not be served"),
  });
  // The one person's gateway does not wait for the first visit.
  if (config.identity.kind === "local") await gateways.ensure(LOCAL_USER);

  return {
    origin: policy.originOf(undefined),
    notes: notesOf(config, program, model),
    async close() {
      const local = config.identity.kind === "local";
      const drained = proxy.drain(local ? { spreadMs: 0, graceMs: 2_000 } : {});
      for (const server of servers) server.close();
      await drained;
      for (const server of servers) server.closeAllConnections();
      await gateways.close();
      await Promise.all([proxy.close(), pages.close()]);
      await storage.close();
    },
  };
}

function addSecrets({ identity, model, tokenKeys }: Config, { redactor }: Log): void {
  const clerk = identity.kind === "clerk" ? [identity.clerk.secretKey] : [];
  for (const secret of [...clerk, model.openaiKey, model.anthropicKey, tokenKeys])
    if (secret) redactor.add(secret);
}

function startProxy({ logger }: Log): Proxy {
  return createProxy({
    ownCookies: ["__session*", "__client*", "__clerk*"],
    onAccess: (record) => logger.info(record, "access"),
    onError: (error, context) => logger.error({ err: error, ...context }, "proxy"),
  });
}

interface InstanceSurroundings {
  readonly storage: Storage & { readonly keyRing: KeyRing };
  readonly program: GatewayProgram;
  readonly model: ModelProvider | null;
  readonly policy: OriginPolicy;
  readonly log: Log;
}

/** How an instance is run here, today: by the program that is installed now, reached from the origins of this port. */
async function prepareInstance(
  { id, ownerId, product: before, sealedToken }: InstanceRecord,
  { storage, program, model, policy, log }: InstanceSurroundings,
): Promise<PreparedInstance> {
  const token = open(storage.keyRing, sealedToken, { userId: ownerId, instanceId: id });
  log.redactor.add(token);
  const { product } = program;
  if (product !== before) await setProduct(storage.database, id, product);
  const settings = {
    auth: { mode: "token", token },
    basePath: product === "openclaw" ? `/i/${id}` : "",
    allowedOrigins: policy.origins,
    trustedProxies: [],
    model,
  } as const;
  const build = program.kind === "installed" ? program.version : "";
  const revision = revisionOf(product, settings, build);
  return { spec: { id, ownerId, product, settings, revision }, authToken: token };
}

function notesOf({ identity }: Config, program: GatewayProgram, model: ModelProvider | null): string[] {
  const version =
    program.kind === "installed"
      ? ` ${program.version}`
      : program.kind === "command"
        ? " (GATEWAY_COMMAND)"
        : "";
  const gateway =
    program.product === "demo"
      ? ["Gateway: demo, with scripted answers. `npm start -- --gateway openclaw` runs a real one."]
      : [`Gateway: ${program.product}${version}`, `Model: ${describeModel(model)}`];
  return identity.kind === "local"
    ? [...gateway, "No Clerk keys: everyone at this computer is the same user."]
    : [
        ...gateway,
        "The process driver does not isolate people from each other. Use it for people who trust each other.",
      ];
}
