import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type GatewayProgram, type ModelProvider, startProcessDriver } from "@automna/control-plane";
import { findOwnedInstance, newInstance } from "@automna/control-plane/database";
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
import { chooseGatewayProgram } from "./gateway-program.ts";
import { createGateways } from "./gateways.ts";
import { createIdentify, LOCAL_USER } from "./identify.ts";
import { createInstanceAccess, INSTANCE_ID } from "./instance-access.ts";
import { prepareInstance } from "./instance-preparation.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import { chooseModel, describeModel } from "./model-provider.ts";
import { startPages } from "./next-pages.ts";
import { createOriginPolicy } from "./origin-policy.ts";
import { probeGateway } from "./probe.ts";
import { openStorage } from "./storage.ts";
import { createTeardown, type Teardown } from "./teardown.ts";

/** The running app. */
export interface RunningServer {
  /** Where people open it. */
  readonly origin: string;
  /** What a person who starts it should know, a sentence each. */
  readonly notes: readonly string[];
  /** Lets what runs finish for a moment, then ends everything that was started. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the whole app: database, gateways' driver, pages, port. It serves pages as soon as this returns; gateways come up
 * behind it.
 */
export async function startServer(
  config: Config,
  log: Log,
  preparePages: typeof startPages = startPages,
): Promise<RunningServer> {
  const teardown = createTeardown();
  try {
    return await assemble(config, log, preparePages, teardown);
  } catch (error) {
    await teardown
      .run()
      .catch((later: unknown) => log.logger.error({ err: later }, "the stop was not orderly"));
    throw error;
  }
}

async function assemble(
  config: Config,
  log: Log,
  preparePages: typeof startPages,
  teardown: Teardown,
): Promise<RunningServer> {
  const { logger, redactor } = log;
  const local = config.identity.kind === "local";
  addSecrets(config, log);
  const program = await findProgram(config, log);
  const model = await chooseModel(config.model);
  const [storage, pages] = await Promise.all([
    teardown.opened(openStorage(config, log), ({ close }) => close()),
    teardown.opened(preparePages(config), ({ close }) => close()),
  ]);
  const { database, keyRing } = storage;
  const driver = await startProcessDriver({
    dataDir: join(config.dataDir, "instances"),
    cacheDir: join(config.dataDir, "cache"),
    programFor: () => Promise.resolve(program),
    searchPath: config.searchPath,
    environment: config.gatewayEnvironment,
  });

  const port = await openPort(config, teardown);
  const policy = createOriginPolicy({ ...config, port: port.number });
  const identify = createIdentify(config.identity, policy.origins);
  const routes = createRouteTable({ paths: [{ prefix: "/i/", id: INSTANCE_ID }] });
  const preparation = { database, keyRing, program, model, allowedOrigins: policy.origins, redactor };
  const gateways = await teardown.opened(
    createGateways({
      database,
      driver,
      probe: probeGateway,
      routes,
      create: (ownerId) => newInstance(ownerId, { driver: "process", product: program.product }, keyRing),
      prepare: (instance) => prepareInstance(instance, preparation),
      log: logger,
    }),
    (opened) => opened.close(),
  );
  const proxy = await teardown.opened(startProxy(log), (opened) => opened.close());
  const reportError = (error: unknown) => logger.error({ err: error }, "a request could not be answered");
  provideContext({
    identity: config.identity,
    identify,
    policy,
    gateways,
    product: program.product,
    reportError,
  });
  port.serve(
    createDispatcher({
      pages,
      proxy,
      access: createInstanceAccess({
        routes,
        identify,
        policy,
        isOwner: async (id, clerkId) => (await findOwnedInstance(database, id, clerkId)) !== null,
      }),
      policy,
      security: {
        production: config.production,
        secure: policy.originOf(undefined).startsWith("https:"),
        clerk: config.identity.kind === "clerk" ? config.identity.clerk : null,
      },
      onError: reportError,
    }),
  );
  // The one person's gateway does not wait for the first visit.
  if (local) await gateways.ensure(LOCAL_USER);

  return {
    origin: policy.originOf(undefined),
    notes: notesOf(config, program, model),
    async close() {
      port.stopAccepting();
      // Whoever is at this machine is leaving; people elsewhere reconnect to another server, not all at once.
      await proxy.drain(local ? { spreadMs: 0, graceMs: 2_000 } : {});
      await teardown.run();
    },
  };
}

/** Listens, and answers nobody until there is a dispatcher. */
async function openPort(config: Config, teardown: Teardown) {
  let dispatcher: Dispatcher | null = null;
  const createFront = (): Server => {
    const server = createServer(hardenedServerOptions());
    server.on("request", (req, res) => (dispatcher ? dispatcher.handleRequest(req, res) : res.destroy()));
    server.on("upgrade", (req, socket, head) =>
      dispatcher ? dispatcher.handleUpgrade(req, socket, head) : socket.destroy(),
    );
    hardenServer(server);
    return server;
  };
  const stopAccepting = (servers: readonly Server[]) => {
    for (const server of servers) server.close();
  };
  const { servers, port } = await teardown.opened(
    listen(createFront, config.host, config.port),
    async (opened) => {
      stopAccepting(opened.servers);
      for (const server of opened.servers) server.closeAllConnections();
    },
  );
  return {
    number: port,
    serve(ready: Dispatcher) {
      dispatcher = ready;
    },
    stopAccepting: () => stopAccepting(servers),
  };
}

function addSecrets({ identity, model, tokenKeys }: Config, { redactor }: Log): void {
  const clerk = identity.kind === "clerk" ? [identity.clerk.secretKey] : [];
  for (const secret of [...clerk, model.openaiKey, model.anthropicKey, tokenKeys])
    if (secret) redactor.add(secret);
}

function findProgram({ gateway, dataDir, searchPath }: Config, { logger }: Log): Promise<GatewayProgram> {
  const onUnusable = (reason: string) => logger.warn({ reason }, "an installed gateway was passed over");
  return chooseGatewayProgram(gateway, { dataDir, searchPath, onUnusable });
}

function startProxy({ logger }: Log): Proxy {
  return createProxy({
    ownCookies: ["__session*", "__client*", "__clerk*"],
    onAccess: (record) => logger.info(record, "access"),
    onError: (error, context) => logger.error({ err: error, ...context }, "proxy"),
  });
}

function notesOf({ identity }: Config, program: GatewayProgram, model: ModelProvider | null): string[] {
  const gateway =
    program.product === "demo"
      ? ["Gateway: demo, with scripted answers. `npm start -- --gateway openclaw` runs a real one."]
      : [`Gateway: ${describeProgram(program)}`, `Model: ${describeModel(model)}`];
  return identity.kind === "local"
    ? [...gateway, "No Clerk keys: everyone at this computer is the same user."]
    : [...gateway, "Gateways are processes of this machine: give accounts to people who trust each other."];
}

function describeProgram(program: GatewayProgram): string {
  return program.kind === "installed"
    ? `${program.product} ${program.version}`
    : `${program.product} (GATEWAY_COMMAND)`;
}
