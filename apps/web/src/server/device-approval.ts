import { CHAT_SCOPES } from "@automna/protocol";
import * as v from "valibot";
import { connectControl, type ControlTarget, GatewayControlError } from "./gateway-control.ts";

const PATIENCE_MS = 10_000;

const waitingList = v.object({
  pending: v.array(
    v.object({
      requestId: v.string(),
      role: v.optional(v.string()),
      roles: v.optional(v.array(v.string())),
      scopes: v.optional(v.array(v.string())),
    }),
  ),
});
type Waiting = v.InferOutput<typeof waitingList>["pending"][number];

/** Whether it wants no more than a chat needs; naming nothing may mean everything. */
export function isForChat({ role = "operator", roles = [], scopes = [] }: Waiting): boolean {
  const chat: readonly string[] = CHAT_SCOPES;
  return (
    [role, ...roles].every((asked) => asked === "operator") &&
    scopes.length > 0 &&
    scopes.every((scope) => chat.includes(scope))
  );
}

/** What is put on record: the wish, before anything is asked for, and what came of it. */
export type RecordApproval = (step: "wanted" | "done" | "refused") => Promise<void>;

/** The gateway would not approve a device that waited. */
export class ApprovalRefusedError extends Error {
  override readonly name = "ApprovalRefusedError";
  readonly code = "approval-refused";
  constructor(cause: GatewayControlError) {
    super("The gateway did not approve a browser that waited for it.", { cause });
  }
}

/**
 * Approves the one device that waits under this request to chat, over the control plane's own connection. Whoever else
 * waits goes on waiting: the gateway told the request's id to that device alone, and binds it to that device's key.
 *
 * @returns Whether it waited, and is approved now.
 * @throws ApprovalRefusedError
 */
export async function approveDevice(
  target: ControlTarget | null,
  requestId: string,
  record: RecordApproval,
): Promise<boolean> {
  if (target === null) return false;
  const control = await connectControl(target, AbortSignal.timeout(PATIENCE_MS));
  try {
    const { pending } = v.parse(waitingList, await control.request("device.pair.list", {}));
    if (!pending.some((device) => device.requestId === requestId && isForChat(device))) return false;
    // First, so that no device is let in that nobody could find out about.
    await record("wanted");
    await control.request("device.pair.approve", { requestId }).catch(async (error: unknown) => {
      // Where no answer came nobody knows what became of it.
      if (!(error instanceof GatewayControlError) || error.code === "closed") throw error;
      await record("refused");
      throw new ApprovalRefusedError(error);
    });
    await record("done");
    return true;
  } finally {
    control.close();
  }
}
