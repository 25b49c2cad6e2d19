import {
  type AuditEntry,
  deleteModelKey,
  findModelKey,
  findOwnedInstance,
  findUser,
  type InstanceRecord,
  listInstances,
  modelUsageOf,
  putModelKey,
  recordAudit,
  refuseDeleted,
  type UserRecord,
} from "@automna/control-plane/database";
import * as v from "valibot";
import { newModelKey, type User, waitingDevice } from "../../api/user.ts";
import type { RecordApproval } from "../device-approval.ts";
import { NoSuchGatewayError, type PersonCommand } from "../gateways.ts";
import { instanceView } from "../instance-view.ts";
import { usageView } from "../usage-view.ts";
import { userGatewayAnswer } from "../user-gateway.ts";
import { type ApiOptions, type ApiRequest, type Handler, json } from "./api.ts";
import { isOperator } from "./operator.ts";

/** What a person asks about themselves and what is theirs. */
export const userHandlers = {
  getUser: async (asked, options) => json(200, await userView(asked, options)),

  async getUserGateway({ request, clerkId, query }, { gateways, policy, now }) {
    const view = query["start"] === "false" ? await gateways.look(clerkId) : await gateways.ensure(clerkId);
    return userGatewayAnswer(view, policy.originOf(request.headers.get("host") ?? undefined), now());
  },

  wakeGateway: command("wake"),
  stopGateway: command("stop"),
  restartGateway: command("restart"),
  rotateGateway: command("rotate"),
  upgradeGateway: command("upgrade"),
  deleteGateway: command("destroy"),

  async approveDevice({ clerkId, body }, { database, approveDevice }) {
    const { requestId } = v.parse(waitingDevice, body);
    const user = await findUser(database, clerkId);
    const instance = user && (await currentInstance(user, database));
    if (!instance) throw new NoSuchGatewayError();
    const record = approvalsOf(clerkId, { instanceId: instance.id }, database);
    return json(200, { approved: await approveDevice(instance, requestId, record) });
  },

  async approveChatGatewayDevice({ clerkId, body }, { database, chatGateway }) {
    if (chatGateway?.ownerClerkId !== clerkId) throw new NoSuchGatewayError();
    const { requestId } = v.parse(waitingDevice, body);
    await refuseDeleted(database, clerkId);
    const record = approvalsOf(clerkId, { detail: { gateway: "CHAT_GATEWAY_URL" } }, database);
    return json(200, await chatGateway.approve(requestId, record));
  },

  async renewChatGatewayDevice({ clerkId }, { database, chatGateway }) {
    if (chatGateway?.ownerClerkId !== clerkId) throw new NoSuchGatewayError();
    await refuseDeleted(database, clerkId);
    await chatGateway.renewDevice();
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  },

  async putModelKey({ clerkId, body }, options) {
    const { database, keyRing } = options;
    const { modelId = null, ...key } = v.parse(newModelKey, body);
    const { instance } = await options.gateways.provide(clerkId);
    const owner = { userId: instance.ownerId, clerkId };
    const kept = await database.$transaction((transaction) =>
      putModelKey(transaction, keyRing, owner, { ...key, modelId }),
    );
    await options.gateways.command(clerkId, instance.id, "reconfigure");
    return json(200, { ...kept, updatedAt: kept.updatedAt.toISOString() });
  },

  async deleteModelKey({ clerkId }, { database, gateways }) {
    const user = await findUser(database, clerkId);
    if (user)
      await database.$transaction((transaction) => deleteModelKey(transaction, { userId: user.id, clerkId }));
    // Also when nothing was kept any more: an earlier call may have come only this far.
    const instance = user && (await currentInstance(user, database));
    if (instance) await gateways.command(clerkId, instance.id, "reconfigure");
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  },

  async getUsage({ clerkId }, { database, metering, now }) {
    const user = await findUser(database, clerkId);
    const at = now();
    const used = await modelUsageOf(database, user?.id ?? "", at);
    const key = user && (await findModelKey(database, user.id));
    return json(200, usageView(used, key ? "person" : "operator", metering, at));
  },

  async deploy({ clerkId }, { gateways, now, limits }) {
    const { instance, given } = await gateways.provide(clerkId);
    return json(given ? 201 : 200, instanceView(instance, now(), limits));
  },

  async getInstance({ clerkId, id }, { database, now, limits }) {
    const instance = await findOwnedInstance(database, id, clerkId);
    if (!instance) throw new NoSuchGatewayError();
    return json(200, instanceView(instance, now(), limits));
  },

  async deleteInstance({ clerkId, id }, { gateways, now, limits }) {
    return json(202, instanceView(await gateways.command(clerkId, id, "destroy"), now(), limits));
  },
} satisfies Record<string, Handler>;

/** Puts a person's approvals of their own browsers on record. */
function approvalsOf(
  clerkId: string,
  where: Pick<AuditEntry, "instanceId" | "detail">,
  database: ApiOptions["database"],
): RecordApproval {
  const actions = { wanted: "device.approve", done: "device.approved", refused: "device.refused" } as const;
  return (step) =>
    recordAudit(database, { actor: clerkId, subject: clerkId, action: actions[step], ...where });
}

function command(kind: PersonCommand): Handler {
  return async ({ clerkId }, { database, gateways, now, limits }) => {
    const user = await findUser(database, clerkId);
    const instance = user && (await currentInstance(user, database));
    if (!instance) throw new NoSuchGatewayError();
    return json(202, instanceView(await gateways.command(clerkId, instance.id, kind), now(), limits));
  };
}

async function userView({ clerkId, kind }: ApiRequest, options: ApiOptions): Promise<User> {
  const { database, now, limits } = options;
  const user = await findUser(database, clerkId);
  const instance = user && (await currentInstance(user, database));
  const key = user && (await findModelKey(database, user.id));
  return {
    clerkId,
    kind,
    operator: isOperator({ clerkId, kind }, options),
    containerStatus: user?.containerStatus ?? null,
    instance: instance && instanceView(instance, now(), limits),
    modelKey: key && { ...key, updatedAt: key.updatedAt.toISOString() },
  };
}

/** The person's first instance that is still wanted. */
async function currentInstance(
  { id }: UserRecord,
  database: ApiOptions["database"],
): Promise<InstanceRecord | null> {
  const instances = await listInstances(database, id);
  return instances.find(({ desired }) => desired !== "destroyed") ?? null;
}
