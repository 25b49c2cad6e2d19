import type { ModelProvider } from "@automna/control-plane";
import type { Proxy } from "@automna/proxy";
import type { Config } from "../config.ts";
import { NO_SESSIONS, openSessionFile, type RemoteSessions } from "../remote-sessions/session-file.ts";
import { createSessionRoutes, withSessions } from "../remote-sessions/session-routes.ts";
import { reportActivity } from "./activity-report.ts";
import { limitApi } from "./api-limit.ts";
import { isOperator } from "./api/operator.ts";
import { createRateLimit } from "./api/rate-limit.ts";
import { provideContext } from "./context.ts";
import { watchDependencies } from "./dependency-watch.ts";
import { createDispatcher, type Pages } from "./dispatcher.ts";
import { createEventStreams } from "./event-streams.ts";
import { type FrontPort, openFrontPort } from "./front-port.ts";
import { chooseGatewayRuntime, configuredRuntime, type GatewayRuntime } from "./gateway-runtime.ts";
import { type House, reportTo } from "./house.ts";
import { createIdentify, LOCAL_USER } from "./identify.ts";
import { openInstanceGate } from "./instance-gate.ts";
import { createInstanceOrigins } from "./instance-origins.ts";
import { openInstanceRoutes } from "./instance-routes.ts";
import type { Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { chooseModel, describeModel } from "./model-provider.ts";
import { NO_PAGES } from "./no-pages.ts";
import { openOpsPort, type OpsPort } from "./ops-port.ts";
import { createOriginPolicy } from "./origin-policy.ts";
import type { Readiness } from "./readiness.ts";
import { partsOf } from "./roles.ts";
import { startProxy } from "./start-proxy.ts";
import { openStorage } from "./storage.ts";
import { createTeardown, type Teardown } from "./teardown.ts";
import { unusedView } from "./usage-view.ts";
import { type GatewaysAndQueue, openApi, startGateways, startWorking, type Working } from "./working.ts";

/** The running app. */
export interface RunningServer {
  /** Where people open it, whichever process answers there. */
  readonly origin: string;
  /** Where metrics are served; null: nowhere. */
  readonly opsPort: number | null;
  /** What a person who starts it should know, a sentence each. */
  readonly notes: readonly string[];
  /** Lets what runs finish for a moment, then ends everything that was started. */
  readonly close: () => Promise<void>;
}

/** Prepares the pages and API. Next is loaded by this, and only where there are pages. */
export type PreparePages = (
  options: Pick<Config, "production" | "port" | "identity">,
) => Promise<Pages & { readonly close: () => Promise<void> }>;

const prepareNext: PreparePages = async (options) => (await import("./next-pages.ts")).startPages(options);

/**
 * Starts what the process's role has: database, gateways' driver, pages, port. It serves pages as soon as this
 * returns; gateways come up behind it.
 */
export async function startServer(
  config: Config,
  log: Log,
  preparePages: PreparePages = prepareNext,
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
  preparePages: PreparePages,
  teardown: Teardown,
): Promise<RunningServer> {
  const parts = partsOf(config.role);
  const readiness: Readiness = { state: "starting", away: [] };
  const metrics = createMetrics();
  addSecrets(config, log);
  const ops = await openOps(config, readiness, metrics, teardown);
  const runtime = parts.work ? await chooseGatewayRuntime(config, log) : null;
  const model = parts.work ? await chooseModel(config.model) : null;
  const [storage, pages] = await Promise.all([
    teardown.opened(openStorage(config, log), ({ close }) => close()),
    parts.pages ? teardown.opened(preparePages(config), ({ close }) => close()) : NO_PAGES,
  ]);
  const front = parts.routing
    ? await teardown.opened(openFrontPort(config, readiness), async (opened) => opened.close())
    : null;
  const policy = createOriginPolicy({ ...config, port: front?.number ?? config.port });
  const origins = createInstanceOrigins({
    config: config.instanceOrigins,
    appOrigin: policy.originOf(undefined),
    port: front
      ? front.instanceNumber
      : config.instanceOrigins.kind === "port"
        ? config.instanceOrigins.port
        : null,
  });
  const { database, url: databaseUrl } = storage;
  const routes = await teardown.opened(
    openInstanceRoutes({ database, databaseUrl, hosts: origins.hostRules, log: log.logger }),
    (opened) => opened.close(),
  );
  const rateLimit = await teardown.opened(createRateLimit(databaseUrl), (opened) => opened.close());
  const { driver, product, image } = runtime ?? configuredRuntime(config);
  const house = {
    config,
    parts,
    log,
    teardown,
    metrics,
    storage,
    rateLimit,
    routes,
    policy,
    origins,
    driver,
    product,
    image,
  };
  const work = runtime && (await startWorking(house, runtime, model));
  const askEngine = work?.driver.reach?.bind(work.driver);
  const endWatch = watchDependencies(readiness, {
    database: () => database.$queryRaw`SELECT 1`,
    ...(askEngine ? { engine: askEngine } : {}),
  });
  await teardown.opened(Promise.resolve(endWatch), (end) => end());
  const gateways = await startGateways(house, work);
  const proxy = front && (await openRouting(house, front, pages, gateways, work));
  // The one person's gateway does not wait for the first visit.
  if (work && config.identity.kind === "local") gateways.ensure(LOCAL_USER).catch(reportTo(log));
  readiness.state = "ready";

  return {
    origin: policy.originOf(undefined),
    opsPort: ops?.number ?? null,
    notes: notesOf(config, runtime, model),
    async close() {
      readiness.state = "draining";
      await Promise.all([front?.drain(config.drain.graceMs), proxy?.drain(config.drain)]);
      await teardown.run();
      log.access?.flush();
    },
  };
}

async function openOps(
  { ops }: Config,
  readiness: Readiness,
  metrics: Metrics,
  teardown: Teardown,
): Promise<OpsPort | null> {
  if (!ops) return null;
  return teardown.opened(openOpsPort(ops, readiness, metrics), async (opened) => opened.close());
}

async function openRouting(
  house: House,
  front: FrontPort,
  pages: Pages,
  gateways: GatewaysAndQueue,
  working: Working | null,
): Promise<Proxy> {
  const { config, parts, log, teardown, storage, routes, policy, origins, metrics, product } = house;
  const { identity, rates } = config;
  const proxy = await teardown.opened(startProxy(config, log, metrics), (opened) => opened.close());
  const reportError = reportTo(log);
  const { database, url: databaseUrl, keyRing } = storage;
  await teardown.opened(reportActivity({ database, proxy, onError: reportError }), (end) => end());
  const streams = createEventStreams();
  const gate = await teardown.opened(
    openInstanceGate({
      database,
      databaseUrl,
      keyRing,
      routes: routes.table,
      proxy,
      streams,
      identity,
      identify: createIdentify(identity, policy.origins),
      policy,
      origins,
      log: log.logger,
      rateLimit: house.rateLimit,
    }),
    (opened) => opened.close(),
  );
  const { identify, launches, signOuts } = gate;
  if (parts.pages) {
    const api = await openApi(house, { identify, streams }, gateways, working);
    provideContext({
      identity,
      identify,
      isOperator: (who) => isOperator(who, config),
      policy,
      gateways,
      api,
      launches,
      signOuts,
      unusedNow: () => unusedView(config.metering, Date.now()),
      product,
      chatGatewayUrl: config.chatGatewayUrl,
      approvesOnChatGateway: config.chatGatewayApproval !== null,
      reportError,
    });
  }
  const remote = createSessionRoutes({
    sessions: await openSessions(config, log),
    identify,
    policy,
    log: log.logger,
  });
  front.serve(
    createDispatcher({
      pages: limitApi(withSessions(pages, remote), rates.client, (req) => proxy.clientAddress(req)),
      proxy,
      remote,
      access: gate.access,
      policy,
      instanceOrigins: origins,
      signOuts,
      security: {
        production: config.production,
        secure: policy.originOf(undefined).startsWith("https:"),
        clerk: identity.kind === "clerk" ? identity.clerk : null,
        chatGatewayUrl: config.chatGatewayUrl,
      },
      onError: reportError,
    }),
  );
  return proxy;
}

function openSessions({ remoteSessions }: Config, { logger }: Log): Promise<RemoteSessions> {
  if (remoteSessions === null) return Promise.resolve(NO_SESSIONS);
  return openSessionFile(remoteSessions, (error) => logger.error({ err: error }, "remote sessions"));
}

function addSecrets(config: Config, { redactor }: Log): void {
  const { identity, model, tokenKeys, webhookSecret, chatGatewayApproval } = config;
  const clerk = identity.kind === "clerk" ? [identity.clerk.secretKey] : [];
  const own = [tokenKeys, webhookSecret, chatGatewayApproval?.token];
  for (const secret of [...clerk, model.openaiKey, model.anthropicKey, ...own])
    if (secret) redactor.add(secret);
}

function notesOf(config: Config, runtime: GatewayRuntime | null, model: ModelProvider | null): string[] {
  const remote = config.remoteSessions === null ? [] : [`Remote sessions: those in ${config.remoteSessions}`];
  return [...gatewayNotes(config, runtime, model), ...remote];
}

function gatewayNotes(config: Config, runtime: GatewayRuntime | null, model: ModelProvider | null): string[] {
  if (!runtime) return [`Role: ${config.role}. Gateways are started by processes that work.`];
  const gateway =
    runtime.product === "demo"
      ? ["Gateway: demo, with scripted answers. `npm start -- --gateway openclaw` runs a real one."]
      : [`Gateway: ${runtime.words}`, `Model: ${describeModel(model)}`];
  if (config.identity.kind === "local")
    return [...gateway, "No Clerk keys: everyone at this computer is the same user."];
  return runtime.driver === "process"
    ? [...gateway, "Gateways are processes of this machine: give accounts to people who trust each other."]
    : gateway;
}
