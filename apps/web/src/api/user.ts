import * as v from "valibot";
import { instance } from "./instance.ts";

const address = {
  gatewayUrl: v.pipe(v.string(), v.description("`ws:` or `wss:` address. Never holds a secret.")),
  sessionKey: v.string(),
};

export const readyGateway = v.object({
  status: v.literal("ready"),
  ...address,
  authToken: v.nullable(
    v.pipe(v.string(), v.description("The gateway's token; null where the router vouches for its owner.")),
  ),
});

export const provisioningGateway = v.object({
  status: v.literal("provisioning"),
  ...address,
  authToken: v.null(),
  phase: v.string(),
  elapsedMs: v.pipe(v.number(), v.description("How long the phase has lasted.")),
  retryAfterMs: v.pipe(v.number(), v.description("When to ask again.")),
});

/** A person's own key for a model provider, without the key. */
export const modelKey = v.pipe(
  v.object({
    provider: v.picklist(["openai", "anthropic"]),
    modelId: v.nullable(v.string()),
    updatedAt: v.pipe(v.string(), v.isoTimestamp()),
  }),
  v.title("ModelKey"),
);

export const newModelKey = v.strictObject({
  provider: v.picklist(["openai", "anthropic"], "must be openai or anthropic"),
  apiKey: v.pipe(
    v.string("must be a string"),
    v.trim(),
    v.minLength(8, "is too short for a key"),
    v.maxLength(512, "is too long for a key"),
    v.regex(/^[\x21-\x7e]+$/, "holds characters that no key has"),
  ),
  modelId: v.optional(
    v.pipe(v.string(), v.trim(), v.maxLength(128), v.regex(/^[\w./:-]+$/, "is not a model's name")),
  ),
});

/** A browser that the person's gateway does not know yet, by what the gateway told it. */
export const waitingDevice = v.strictObject({
  requestId: v.pipe(v.string("must be a string"), v.regex(/^[\w-]{1,128}$/, "is not a request's id")),
});

/** Which gateway's pages to open, and where in it. */
export const newLaunch = v.object({
  instanceId: v.pipe(v.string(), v.description("24 lower-case hex characters.")),
  path: v.optional(v.pipe(v.string(), v.description("Where in the gateway to go.")), "/"),
});

/** Whether it is let in now. */
export const deviceApproval = v.object({ approved: v.boolean() });

/** The same of a gateway that is run elsewhere, which may not know the app yet. */
export const chatGatewayApproval = v.object({
  ...deviceApproval.entries,
  app: v.pipe(
    v.nullable(v.object({ requestId: v.nullable(v.string()) })),
    v.description(
      "The request under which the app itself waits for the gateway's owner; null when it does not.",
    ),
  ),
});

/** Who is signed in, and what they have. */
export const user = v.pipe(
  v.object({
    clerkId: v.string(),
    kind: v.pipe(
      v.picklist(["clerk", "local"]),
      v.description("`local`: the one user of an app without Clerk."),
    ),
    operator: v.pipe(v.boolean(), v.description("May see `/admin`.")),
    containerStatus: v.nullable(v.picklist(["running", "stopped", "provisioning"])),
    instance: v.nullable(instance),
    modelKey: v.nullable(modelKey),
  }),
  v.title("User"),
);
export type User = v.InferOutput<typeof user>;
