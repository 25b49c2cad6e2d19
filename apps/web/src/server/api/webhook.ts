import {
  deleteIdentity,
  endSession,
  IdentityDeletedError,
  isKnownDelivery,
  rememberDelivery,
} from "@automna/control-plane/database";
import type { WebhookEvent } from "@clerk/backend/webhooks";
import { problemResponse } from "../problem.ts";
import { type ApiOptions, type Handler, json } from "./api.ts";
import { readText, TOO_LARGE } from "./body.ts";

const MAX_BYTES = 262_144;

/**
 * Takes what Clerk tells of people. It only hurries what a first visit would do as well: a delivery that never comes
 * loses nothing, and one that comes twice, late or out of order changes nothing.
 */
export const webhookHandler: Handler = async ({ request }, options) => {
  const { webhookSecret, database } = options;
  if (webhookSecret === null)
    return problemResponse({
      status: 404,
      code: "webhook-off",
      title: "Not found",
      detail:
        "No webhooks are taken here. Set CLERK_WEBHOOK_SIGNING_SECRET to the endpoint's secret in Clerk.",
    });
  const body = await readText(request, MAX_BYTES);
  if (body === null)
    return problemResponse({
      ...TOO_LARGE,
      detail: `The body is larger than any of Clerk's webhooks. Send at most ${MAX_BYTES} bytes.`,
    });
  const event = await verified(request, body, webhookSecret);
  const id = request.headers.get("svix-id");
  if (!event || !id)
    return problemResponse({
      status: 400,
      code: "signature-invalid",
      title: "Bad request",
      detail:
        "The webhook's signature or time is not right. Compare the signing secret with Clerk's, and this machine's clock.",
    });
  if (await isKnownDelivery(database, id)) return json(200, { handled: false });
  await handle(event, options);
  // At the end: what was not finished is delivered again.
  return json(200, { handled: await rememberDelivery(database, { id, type: event.type }) });
};

async function verified(request: Request, body: string, signingSecret: string): Promise<WebhookEvent | null> {
  // An app without Clerk never needs it.
  const { verifyWebhook } = await import("@clerk/backend/webhooks");
  try {
    const again = new Request(request.url, { method: "POST", headers: request.headers, body });
    return await verifyWebhook(again, { signingSecret });
  } catch {
    return null;
  }
}

async function handle(event: WebhookEvent, options: ApiOptions): Promise<void> {
  switch (event.type) {
    case "user.created":
    case "user.updated":
      return provide(event.data.id, options);
    case "user.deleted":
      if (event.data.id) await deleteIdentity(options.gateways.commands, event.data.id, options.keepDataMs);
      return;
    case "session.ended":
    case "session.removed":
    case "session.revoked":
      // Whatever was let in by that sign-in is let in no longer.
      return endSession(options.database, event.data.id);
    default:
      return;
  }
}

/** An update of somebody unknown makes up for a creation that was never heard of. */
async function provide(clerkId: string, { gateways }: ApiOptions): Promise<void> {
  try {
    await gateways.provideFirst(clerkId, "webhook");
  } catch (error) {
    if (error instanceof IdentityDeletedError) return;
    throw error;
  }
}
