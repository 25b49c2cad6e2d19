import * as v from "valibot";
import { adminInstances, auditEvents, capacity, failures, queue } from "./admin.ts";
import { instance, instanceEvents } from "./instance.ts";
import { status } from "./status.ts";
import { usage, usageOfAll } from "./usage.ts";
import {
  chatGatewayApproval,
  deviceApproval,
  modelKey,
  newLaunch,
  newModelKey,
  provisioningGateway,
  readyGateway,
  user,
  waitingDevice,
} from "./user.ts";

type Schema = v.GenericSchema;

/** One thing that the API does. The routes, the checks and the OpenAPI document all follow from it. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As OpenAPI writes it: `/api/instances/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Who may ask. `signature`: whoever holds the webhook's secret. */
  readonly access: "anyone" | "user" | "operator" | "signature";
  /** Points that one person has for it, and per how many seconds. */
  readonly rate?: { readonly points: number; readonly seconds: number };
  readonly body?: Schema;
  readonly query?: Readonly<Record<string, Schema>>;
  /** By status. `null`: no body; `text`: anything but JSON. */
  readonly answers: Readonly<Record<number, Schema | null | { readonly text: string }>>;
  readonly events?: Readonly<Record<string, Schema>>;
  /** Statuses of the problem documents that it may answer, beside 403 for foreign pages. */
  readonly problems: readonly number[];
}

/** A page that waits asks twice a second, and people have several tabs. */
const OFTEN = { points: 1_200, seconds: 60 } as const;
const SELDOM = { points: 20, seconds: 60 } as const;
/** Nobody opens more windows than this by hand; a loop of redirects does. */
const WINDOWS = { points: 30, seconds: 60 } as const;
const WHO = [401, 429, 503] as const;

const change = (path: string, summary: string): Endpoint => ({
  method: "POST",
  path,
  summary,
  access: "user",
  rate: SELDOM,
  answers: { 202: instance },
  problems: [...WHO, 404],
});

const list = (path: string, summary: string, answer: Schema, query: Endpoint["query"] = {}): Endpoint => ({
  method: "GET",
  path,
  summary,
  access: "operator",
  rate: OFTEN,
  query,
  answers: { 200: answer },
  problems: [...WHO, 404, ...(Object.keys(query).length > 0 ? [400] : [])],
});

const before = v.optional(
  v.pipe(v.string(), v.maxLength(64), v.description("`next` of the page before this one.")),
);
const state = v.optional(v.picklist(["provisioning", "ready", "stopped", "failed", "deleted"]));

const start = v.optional(
  v.pipe(
    v.picklist(["true", "false"]),
    v.description("`false`: starts nothing. 404 where there is no gateway, 409 where it is stopped."),
  ),
);

export const endpoints = {
  getUser: {
    method: "GET",
    path: "/api/user",
    summary: "Who is signed in, and what they have. Starts nothing.",
    access: "user",
    rate: OFTEN,
    answers: { 200: user },
    problems: WHO,
  },
  getUserGateway: {
    method: "GET",
    path: "/api/user/gateway",
    summary: "Where the person's gateway is and by what it lets them in. Makes, wakes or repairs it.",
    access: "user",
    rate: OFTEN,
    query: { start },
    answers: { 200: readyGateway, 202: provisioningGateway },
    problems: [...WHO, 400, 404, 409],
  },
  wakeGateway: change(
    "/api/user/gateway/wake",
    "Starts the person's gateway if it is stopped or has failed.",
  ),
  stopGateway: change("/api/user/gateway/stop", "Stops the person's gateway; its data stays."),
  restartGateway: change("/api/user/gateway/restart", "Stops the person's gateway and starts it again."),
  rotateGateway: change("/api/user/gateway/rotate", "Gives the person's gateway another token."),
  upgradeGateway: change(
    "/api/user/gateway/upgrade",
    "Moves the person's gateway to the newest image or program, or leaves it as it is when that does not start.",
  ),
  deleteGateway: {
    ...change("/api/user/gateway", "Deletes the person's gateway; its data is removed after a while."),
    method: "DELETE",
  },
  approveDevice: {
    method: "POST",
    path: "/api/user/gateway/pair",
    summary: "Approves the browser of the person's own that their gateway wants approved, and no other.",
    access: "user",
    rate: SELDOM,
    body: waitingDevice,
    answers: { 200: deviceApproval },
    problems: [...WHO, 400, 404, 409, 413],
  },
  approveChatGatewayDevice: {
    method: "POST",
    path: "/api/chat-gateway/pair",
    summary:
      "Approves the browser of the person's own on the gateway elsewhere that is theirs, and no other. 404 for everybody else.",
    access: "user",
    rate: SELDOM,
    body: waitingDevice,
    answers: { 200: chatGatewayApproval },
    problems: [...WHO, 400, 404, 409, 413],
  },
  renewChatGatewayDevice: {
    method: "DELETE",
    path: "/api/chat-gateway/device",
    summary:
      "Forgets the key by which the app is a device at the gateway elsewhere: the new one waits for its owner there. 404 for everybody else.",
    access: "user",
    rate: SELDOM,
    answers: { 204: null },
    problems: [...WHO, 404],
  },
  putModelKey: {
    method: "PUT",
    path: "/api/user/model-key",
    summary:
      "Keeps the person's own key for a model provider, sealed: from then on their gateway asks by it.",
    access: "user",
    rate: SELDOM,
    body: newModelKey,
    answers: { 200: modelKey },
    problems: [...WHO, 400, 413],
  },
  deleteModelKey: {
    method: "DELETE",
    path: "/api/user/model-key",
    summary: "Forgets the person's own key.",
    access: "user",
    rate: SELDOM,
    answers: { 204: null },
    problems: WHO,
  },
  getUsage: {
    method: "GET",
    path: "/api/user/usage",
    summary: "What the person's agents used of the operator's model, today and in this month.",
    access: "user",
    rate: OFTEN,
    answers: { 200: usage },
    problems: WHO,
  },
  deploy: {
    method: "POST",
    path: "/api/deploy",
    summary: "Makes the person's gateway if there is none yet, and says how it is.",
    access: "user",
    rate: SELDOM,
    answers: { 200: instance, 201: instance },
    problems: WHO,
  },
  launch: {
    method: "POST",
    path: "/api/launch",
    summary: "Where to open the pages of the person's own gateway: an address that lets them in once, soon.",
    access: "user",
    rate: WINDOWS,
    body: newLaunch,
    answers: { 201: v.object({ url: v.string(), expiresInMs: v.number() }) },
    problems: [...WHO, 400, 404, 409, 413],
  },
  getInstance: {
    method: "GET",
    path: "/api/instances/{id}",
    summary: "One gateway of the person's. Starts nothing.",
    access: "user",
    rate: OFTEN,
    answers: { 200: instance },
    problems: [...WHO, 404],
  },
  deleteInstance: {
    method: "DELETE",
    path: "/api/instances/{id}",
    summary: "Deletes one gateway of the person's; its data is removed after a while.",
    access: "user",
    rate: SELDOM,
    answers: { 202: instance },
    problems: [...WHO, 404],
  },
  getInstanceEvents: {
    method: "GET",
    path: "/api/instances/{id}/events",
    summary: "What happens to one gateway of the person's, as server-sent events.",
    access: "user",
    rate: OFTEN,
    answers: { 200: { text: "text/event-stream" } },
    events: instanceEvents,
    problems: [...WHO, 404],
  },
  getStatus: {
    method: "GET",
    path: "/api/status",
    summary: "What anybody may know of this installation.",
    access: "anyone",
    answers: { 200: status },
    problems: [429, 503],
  },
  receiveClerkWebhook: {
    method: "POST",
    path: "/api/webhooks/clerk",
    summary: "Clerk tells of people that came, changed or went. Each delivery counts once, in any order.",
    access: "signature",
    answers: { 200: v.object({ handled: v.boolean() }) },
    problems: [400, 404, 413, 429, 503],
  },
  listInstances: list("/api/admin/instances", "All gateways, the newest first.", adminInstances, {
    before,
    state,
  }),
  getCapacity: list("/api/admin/capacity", "How full this installation is.", capacity),
  getQueue: list("/api/admin/queue", "What the workers are at, and what waits for them.", queue),
  listFailures: list("/api/admin/failures", "Gateways that do not run although they should.", failures),
  listAuditEvents: list("/api/admin/audit", "Who did what, the newest first.", auditEvents, { before }),
  getUsageOfAll: list("/api/admin/usage", "What everybody used of the operator's model.", usageOfAll),
  getOpenApi: {
    method: "GET",
    path: "/api/openapi.json",
    summary: "This document.",
    access: "anyone",
    answers: { 200: { text: "application/json" } },
    problems: [429],
  },
} as const satisfies Record<string, Endpoint>;

/** Those that are served from the table; a launch has a server of its own. */
export type EndpointName = Exclude<keyof typeof endpoints, "launch">;
