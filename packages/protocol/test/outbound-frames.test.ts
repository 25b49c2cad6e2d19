import { beforeAll, describe, expect, test } from "vitest";

import * as protocol from "../src/index.ts";
import {
  buildConnectParams,
  buildSignedConnectParams,
  generateDeviceIdentity,
  requestFrame,
  type Call,
  type ConnectOptions,
  type ProtocolVersion,
} from "../src/index.ts";
import * as chatMethods from "../src/chat-methods.ts";
import * as gatewayMethods from "../src/gateway-methods.ts";
import * as sessionBranches from "../src/session-branches.ts";
import * as sessionMethods from "../src/session-methods.ts";
import * as sessionSubscriptions from "../src/session-subscriptions.ts";
import { version3Schemas, version4Schema, type SchemaCheck } from "./official-schemas.ts";

const VERSIONS: readonly ProtocolVersion[] = [3, 4];
const KEY = "agent:main:main";
const IMAGE = { type: "image", mimeType: "image/png", fileName: "a.png", content: "aGk=" } as const;

type Row = [builder: string, definition: string | null, build: (version: ProtocolVersion) => Call | null];

/** Every builder with the least and the most that it takes; `null` where neither package describes the params. */
const ROWS: Row[] = [
  [
    "chatSend",
    "ChatSendParams",
    (v) => protocol.chatSend(v, { sessionKey: KEY, message: "hi", idempotencyKey: "k" }),
  ],
  [
    "chatSend",
    "ChatSendParams",
    (v) =>
      protocol.chatSend(v, {
        sessionKey: KEY,
        message: "",
        idempotencyKey: "k",
        thinking: "low",
        deliver: false,
        attachments: [IMAGE],
        timeoutMs: 4000,
        queueMode: "followup",
        replyToId: "m1",
        expectedLeafEntryId: null,
        suppressCommandInterpretation: true,
      }),
  ],
  [
    "chatSend",
    "ChatSendParams",
    (v) => protocol.chatSend(v, { sessionKey: KEY, message: "hi", idempotencyKey: "k", attachments: [] }),
  ],
  ["chatHistory", "ChatHistoryParams", (v) => protocol.chatHistory(v, { sessionKey: KEY })],
  [
    "chatHistory",
    "ChatHistoryParams",
    (v) =>
      protocol.chatHistory(v, {
        sessionKey: KEY,
        limit: 5000,
        offset: 10,
        cursor: "c",
        inputRunIds: ["a", "b"],
        maxChars: 9_000_000,
        sessionId: "s",
      }),
  ],
  [
    "chatHistory",
    "ChatHistoryParams",
    (v) => protocol.chatHistory(v, { sessionKey: KEY, limit: 0, inputRunIds: [], maxChars: 0 }),
  ],
  ["chatAbort", "ChatAbortParams", () => protocol.chatAbort(KEY)],
  ["chatAbort", "ChatAbortParams", () => protocol.chatAbort(KEY, "run")],
  ["chatInject", "ChatInjectParams", () => protocol.chatInject(KEY, "note")],
  ["chatInject", "ChatInjectParams", () => protocol.chatInject(KEY, "note", "label")],
  ["chatMessageGet", "ChatMessageGetParams", (v) => protocol.chatMessageGet(v, KEY, "m1")],
  ["sessionsList", "SessionsListParams", (v) => protocol.sessionsList(v)],
  [
    "sessionsList",
    "SessionsListParams",
    (v) =>
      protocol.sessionsList(v, {
        limit: 20,
        search: "trip",
        agentId: "main",
        activeMinutes: 60,
        includeTexts: false,
        offset: 20,
        archived: "all",
      }),
  ],
  ["sessionsPreview", "SessionsPreviewParams", () => protocol.sessionsPreview([KEY])],
  ["sessionsPreview", "SessionsPreviewParams", () => protocol.sessionsPreview([KEY], 50, 100_000)],
  ["sessionsPatch", "SessionsPatchParams", () => protocol.sessionsPatch(KEY, {})],
  [
    "sessionsPatch",
    "SessionsPatchParams",
    () =>
      protocol.sessionsPatch(KEY, {
        label: "Trip",
        model: "fake/fake-1",
        thinkingLevel: "low",
        reasoningLevel: "stream",
        verboseLevel: "on",
        responseUsage: "full",
      }),
  ],
  [
    "sessionsPatch",
    "SessionsPatchParams",
    () =>
      protocol.sessionsPatch(KEY, {
        label: null,
        model: null,
        thinkingLevel: null,
        reasoningLevel: null,
        verboseLevel: null,
        responseUsage: null,
      }),
  ],
  [
    "sessionsMark",
    "SessionsPatchParams",
    (v) => protocol.sessionsMark(v, KEY, { archived: true, pinned: false, unread: true }),
  ],
  ["sessionsReset", "SessionsResetParams", () => protocol.sessionsReset(KEY)],
  ["sessionsDelete", "SessionsDeleteParams", () => protocol.sessionsDelete(KEY)],
  ["sessionsDelete", "SessionsDeleteParams", () => protocol.sessionsDelete(KEY, false)],
  ["sessionsCompact", "SessionsCompactParams", () => protocol.sessionsCompact(KEY)],
  ["sessionsCompact", "SessionsCompactParams", () => protocol.sessionsCompact(KEY, 10)],
  ["sessionsResolve", "SessionsResolveParams", () => protocol.sessionsResolve({ key: KEY })],
  ["sessionsResolve", "SessionsResolveParams", () => protocol.sessionsResolve({ label: "Trip" })],
  ["sessionsResolve", "SessionsResolveParams", () => protocol.sessionsResolve({ sessionId: "s" })],
  ["sessionsCreate", "SessionsCreateParams", (v) => protocol.sessionsCreate(v, {})],
  [
    "sessionsCreate",
    "SessionsCreateParams",
    (v) =>
      protocol.sessionsCreate(v, {
        key: KEY,
        label: "Trip",
        agentId: "main",
        model: "m",
        thinkingLevel: "low",
      }),
  ],
  ["sessionsDescribe", "SessionsDescribeParams", (v) => protocol.sessionsDescribe(v, KEY)],
  ["sessionsSubscribe", null, (v) => protocol.sessionsSubscribe(v)],
  [
    "sessionMessagesSubscribe",
    "SessionsMessagesSubscribeParams",
    (v) => protocol.sessionMessagesSubscribe(v, KEY),
  ],
  [
    "sessionMessagesSubscribe",
    "SessionsMessagesSubscribeParams",
    (v) => protocol.sessionMessagesSubscribe(v, KEY, true),
  ],
  [
    "sessionMessagesUnsubscribe",
    "SessionsMessagesUnsubscribeParams",
    (v) => protocol.sessionMessagesUnsubscribe(v, KEY),
  ],
  ["sessionsRewind", "SessionsRewindParams", (v) => protocol.sessionsRewind(v, KEY, "e1")],
  ["sessionsFork", "SessionsForkParams", (v) => protocol.sessionsFork(v, KEY, "e1")],
  ["sessionsBranchesList", "SessionsBranchesListParams", (v) => protocol.sessionsBranchesList(v, KEY)],
  [
    "sessionsBranchesSwitch",
    "SessionsBranchesSwitchParams",
    (v) => protocol.sessionsBranchesSwitch(v, KEY, "e2"),
  ],
  ["modelsList", "ModelsListParams", () => protocol.modelsList()],
  ["agentsList", "AgentsListParams", () => protocol.agentsList()],
  ["agentIdentityGet", "AgentIdentityParams", () => protocol.agentIdentityGet()],
  ["agentIdentityGet", "AgentIdentityParams", () => protocol.agentIdentityGet("main")],
  ["commandsList", "CommandsListParams", (v) => protocol.commandsList(v)],
  ["commandsList", "CommandsListParams", (v) => protocol.commandsList(v, KEY)],
  ["usageCost", null, () => protocol.usageCost()],
  ["usageCost", null, () => protocol.usageCost(7)],
  ["health", null, () => protocol.health()],
  [
    "approvalResolve",
    "ExecApprovalResolveParams",
    (v) => protocol.approvalResolve(v, "exec", "a1", "allow-once"),
  ],
  [
    "approvalResolve",
    "PluginApprovalResolveParams",
    (v) => protocol.approvalResolve(v, "plugin", "a1", "deny"),
  ],
  [
    "approvalResolve",
    "ApprovalResolveParams",
    (v) => protocol.approvalResolve(v, "system-agent", "a1", "allow-always"),
  ],
  ["approvalList", null, (v) => protocol.approvalList(v, "exec")],
  ["approvalList", null, (v) => protocol.approvalList(v, "plugin")],
  ["questionList", "QuestionListParams", (v) => protocol.questionList(v)],
  [
    "questionAnswer",
    "QuestionResolveParams",
    (v) => protocol.questionAnswer(v, "q1", { size: ["big", "small"] }),
  ],
  ["questionCancel", "QuestionResolveParams", (v) => protocol.questionCancel(v, "q1")],
  ["artifactsList", "ArtifactsListParams", (v) => protocol.artifactsList(v, KEY)],
  ["artifactsList", "ArtifactsListParams", (v) => protocol.artifactsList(v, KEY, "run")],
  ["artifactsDownload", "ArtifactsDownloadParams", (v) => protocol.artifactsDownload(v, KEY, "art")],
];

/**
 * What version 3's gateway takes although the schema file in its own package is older and leaves it out: whole
 * definitions, and keys of a definition.
 */
const NOT_PUBLISHED_DEFINITIONS = [
  "SessionsPreviewParams",
  "ChatInjectParams",
  "AgentIdentityParams",
  "ExecApprovalResolveParams",
];
const NOT_PUBLISHED_KEYS: Readonly<Record<string, readonly string[]>> = {
  ConnectParams: ["role", "scopes", "device"],
  SessionsListParams: ["includeDerivedTitles", "includeLastMessage", "search"],
  SessionsResolveParams: ["sessionId"],
  SessionsPatchParams: ["responseUsage"],
};

const CONNECTS: [name: string, options: ConnectOptions][] = [
  ["the default", {}],
  ["a token", { auth: { kind: "token", token: "t" } }],
  ["a password", { auth: { kind: "password", password: "p" } }],
  ["a device token", { auth: { kind: "device-token", token: "d" } }],
  ["no scopes and no capabilities", { scopes: [], caps: [] }],
  ["a server", { client: { id: "gateway-client", mode: "backend", version: "1.2.3", platform: "node" } }],
  [
    "everything",
    {
      client: {
        id: "webchat-ui",
        mode: "ui",
        version: "1.2.3",
        platform: "web",
        displayName: "Automna",
        instanceId: "i1",
        timeZone: "Europe/Berlin",
      },
      scopes: ["operator.read", "operator.write", "operator.approvals"],
      caps: ["tool-events", "session-scoped-events"],
      auth: { kind: "token", token: "t" },
      locale: "de-DE",
      userAgent: "automna/1.2.3",
    },
  ],
  [
    "empty texts",
    { client: { version: "", platform: "", displayName: "", instanceId: "" }, locale: "", userAgent: "" },
  ],
];

let published: SchemaCheck;
let enforced: SchemaCheck;
let v4: SchemaCheck;

beforeAll(async () => {
  ({ published, enforced } = await version3Schemas());
  v4 = await version4Schema();
});

function without(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** Errors of params against everything official about one version. */
function officialErrors(version: ProtocolVersion, definition: string, params: object): string[] {
  if (version === 4) return v4.errors(definition, params);
  const errors = enforced.errors(definition, params);
  if (NOT_PUBLISHED_DEFINITIONS.includes(definition)) return errors;
  return [...errors, ...published.errors(definition, without(params, NOT_PUBLISHED_KEYS[definition] ?? []))];
}

describe.each(VERSIONS)("version %i", (version) => {
  test.each(ROWS)("%s fits %s", (_builder, definition, build) => {
    const built = build(version);
    if (built === null) {
      expect(version, "only version 3 lacks methods").toBe(3);
      return;
    }
    const frame = requestFrame("1", built.method, built.params);
    expect((version === 3 ? enforced : v4).errors("RequestFrame", frame)).toEqual([]);
    if (definition !== null) expect(officialErrors(version, definition, built.params)).toEqual([]);
  });

  test.each(CONNECTS)("connect with %s fits ConnectParams", (_name, options) => {
    const params = buildConnectParams(options);
    expect(officialErrors(version, "ConnectParams", params)).toEqual([]);
    expect(params).toMatchObject({ minProtocol: 3, maxProtocol: 4 });
  });

  test("connect with a device proof fits ConnectParams", async () => {
    const identity = await generateDeviceIdentity();
    const challenge = { nonce: "n", ts: 1_795_204_486_683 };
    const params = await buildSignedConnectParams(
      { auth: { kind: "token", token: "t" } },
      identity,
      challenge,
    );
    expect(officialErrors(version, "ConnectParams", params)).toEqual([]);
  });

  test("connect for this version alone fits ConnectParams", () => {
    const params = buildConnectParams({ protocol: version, client: { timeZone: "Europe/Berlin" } });
    expect(officialErrors(version, "ConnectParams", params)).toEqual([]);
    expect(params).toMatchObject({ minProtocol: version, maxProtocol: version });
    expect(params.client.timeZone).toBe(version === 4 ? "Europe/Berlin" : undefined);
  });
});

describe("the check itself", () => {
  test("covers every builder", () => {
    const builders = [
      chatMethods,
      sessionMethods,
      sessionBranches,
      sessionSubscriptions,
      gatewayMethods,
    ].flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) => (typeof value === "function" ? name : [])),
    );
    expect([...new Set(ROWS.map(([builder]) => builder))].toSorted()).toEqual(builders.toSorted());
  });

  test("names a definition wherever a version has one", () => {
    const definitions = ROWS.flatMap(([, definition]) => definition ?? []);
    for (const definition of definitions) expect(v4.has(definition), definition).toBe(true);
    for (const method of ["SessionsSubscribe", "UsageCost", "Health", "ExecApprovalList"]) {
      expect([enforced.has(`${method}Params`), v4.has(`${method}Params`)], method).toEqual([false, false]);
    }
  });

  test("fails for a field of the other version, a missing field and a wrong type", () => {
    const send = { sessionKey: KEY, message: "hi", idempotencyKey: "k" };
    expect(published.errors("ChatSendParams", { ...send, queueMode: "steer" })).not.toEqual([]);
    expect(enforced.errors("ChatHistoryParams", { sessionKey: KEY, maxChars: 500 })).not.toEqual([]);
    expect(v4.errors("ChatSendParams", { ...send, foo: 1 })).not.toEqual([]);
    expect(v4.errors("ChatSendParams", { sessionKey: KEY })).not.toEqual([]);
    expect(v4.errors("ConnectParams", { ...buildConnectParams(), minProtocol: "3" })).not.toEqual([]);
    expect(
      enforced.errors("ConnectParams", buildConnectParams({ protocol: 4, client: { timeZone: "UTC" } })),
    ).not.toEqual([]);
  });

  test("lists exactly what version 3 enforces beyond the schema that it publishes", () => {
    for (const definition of NOT_PUBLISHED_DEFINITIONS) {
      expect([definition, published.has(definition), enforced.has(definition)]).toEqual([
        definition,
        false,
        true,
      ]);
    }
    const connect = buildConnectParams();
    expect(published.errors("ConnectParams", connect)).toHaveLength(2);
    expect(
      published.errors("ConnectParams", without(connect, NOT_PUBLISHED_KEYS["ConnectParams"] ?? [])),
    ).toEqual([]);
  });
});

test("version 3 has no request for what only version 4 can do", () => {
  const missing = ROWS.filter(([, , build]) => build(3) === null).map(([builder]) => builder);
  expect([...new Set(missing)].toSorted()).toEqual([
    "approvalList",
    "approvalResolve",
    "artifactsDownload",
    "artifactsList",
    "chatMessageGet",
    "commandsList",
    "questionAnswer",
    "questionCancel",
    "questionList",
    "sessionMessagesSubscribe",
    "sessionMessagesUnsubscribe",
    "sessionsBranchesList",
    "sessionsBranchesSwitch",
    "sessionsCreate",
    "sessionsDescribe",
    "sessionsFork",
    "sessionsMark",
    "sessionsRewind",
    "sessionsSubscribe",
  ]);
});

test("a message of files alone gets a blank text on version 3, which refuses empty ones", () => {
  const send = { sessionKey: KEY, message: "", idempotencyKey: "k", attachments: [IMAGE] };
  expect(protocol.chatSend(3, send).params["message"]).toBe(" ");
  expect(protocol.chatSend(4, send).params["message"]).toBe("");
});
