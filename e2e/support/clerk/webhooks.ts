import { createHmac, randomBytes } from "node:crypto";

/** One webhook, as the service would deliver it. */
interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Webhooks {
  /** What the app is configured with to check signatures. */
  readonly signingSecret: string;
  /** @param id The delivery's own: a repeated delivery has the same one. */
  sign(event: object, id?: string, at?: Date): Delivery;
}

/** Signs as Svix does: HMAC-SHA256 over id, time and body. */
export function createWebhooks(): Webhooks {
  const key = randomBytes(24);
  return {
    signingSecret: `whsec_${key.toString("base64")}`,
    sign(event, id = `msg_${randomBytes(12).toString("hex")}`, at = new Date()) {
      const body = JSON.stringify(event);
      const timestamp = String(Math.floor(at.getTime() / 1000));
      const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
      return {
        body,
        headers: {
          "content-type": "application/json",
          "svix-id": id,
          "svix-timestamp": timestamp,
          "svix-signature": `v1,${signature}`,
        },
      };
    },
  };
}
