import { controlDeviceKey } from "@automna/control-plane/database";
import {
  adviseOnConnectError,
  CHAT_SCOPES,
  type DeviceIdentity,
  generateDeviceIdentity,
  importDeviceIdentity,
  type OperatorScope,
} from "@automna/protocol";
import * as v from "valibot";
import type { ChatGatewayApprovalConfig } from "../chat-gateway-variables.ts";
import { approveDevice } from "./device-approval.ts";
import { connectControl, type ControlTarget, GatewayControlError } from "./gateway-control.ts";
import { LOCAL_USER } from "./identify.ts";
import type { Log } from "./log.ts";
import type { Storage } from "./storage.ts";

/** What came of the wish to approve a browser. */
interface ChatGatewayApproval {
  readonly approved: boolean;
  /** The app itself waits for the gateway's owner, under that request; null: it does not. */
  readonly app: { readonly requestId: string | null } | null;
}

/** A single gateway that is run elsewhere, where the app approves the browsers of its owner. */
export interface ChatGateway {
  /** The identity provider's id of the only person who may ask. */
  readonly ownerClerkId: string;
  approve(requestId: string): Promise<ChatGatewayApproval>;
  close(): Promise<void>;
}

/** To approve devices that chat, and nothing else: what it does not have it cannot give. */
const SCOPES: readonly OperatorScope[] = ["operator.pairing", ...CHAT_SCOPES];

const PATIENCE_MS = 10_000;

const storedKey = v.object({
  version: v.literal(1),
  deviceId: v.string(),
  publicKey: v.string(),
  seed: v.string(),
});

type Options = ChatGatewayApprovalConfig & {
  readonly storage: Pick<Storage, "database" | "keyRing">;
  readonly log: Pick<Log, "logger" | "redactor">;
};

/** Makes itself known to the gateway at once, so that whoever starts the app reads there what is still to be done. */
export function openChatGateway({ gatewayUrl, token, ownerClerkId, storage, log }: Options): ChatGateway {
  const closing = new AbortController();
  const tell = createTell(gatewayUrl, log);
  const target = async (): Promise<ControlTarget> => ({
    url: gatewayUrl,
    auth: { mode: "token", token },
    scopes: SCOPES,
    device: await ownDevice(gatewayUrl, storage, log),
  });
  const introduce = async () => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const control = await connectControl(await target(), signal);
    control.close();
  };
  const introduced = introduce().catch((error: unknown) => {
    if (!closing.signal.aborted) tell(error);
  });
  return {
    ownerClerkId: ownerClerkId ?? LOCAL_USER,
    async approve(requestId) {
      try {
        return { approved: await approveDevice(await target(), requestId), app: null };
      } catch (error) {
        const app = ownRequest(error);
        if (app === null) throw error;
        tell(error);
        return { approved: false, app };
      }
    },
    async close() {
      closing.abort();
      await introduced;
    },
  };
}

/** Under which request the gateway wants the app itself approved; null when that is not the trouble. */
function ownRequest(error: unknown): { readonly requestId: string | null } | null {
  if (!(error instanceof GatewayControlError)) return null;
  const advice = adviseOnConnectError(error);
  return advice.action === "pair" ? { requestId: advice.requestId ?? null } : null;
}

/** For the log; a browser that waits asks again and again, and is told about once. */
function createTell(gatewayUrl: string, { logger }: Options["log"]): (error: unknown) => void {
  let told: string | null = null;
  return (error) => {
    const own = ownRequest(error);
    if (own === null)
      return logger.warn(
        { err: error, gatewayUrl },
        "the gateway at CHAT_GATEWAY_URL cannot be asked to approve browsers: see that it runs and that CHAT_GATEWAY_TOKEN is its token",
      );
    const command = own.requestId === null ? "list" : `approve ${own.requestId}`;
    if (command !== told)
      logger.warn(
        { gatewayUrl },
        `the gateway at CHAT_GATEWAY_URL does not know this app, which therefore approves no browser there. On the gateway's machine run once: openclaw devices ${command}`,
      );
    told = command;
  };
}

async function ownDevice(
  gatewayUrl: string,
  { database, keyRing }: Options["storage"],
  { redactor }: Options["log"],
): Promise<DeviceIdentity> {
  const made = async () => JSON.stringify((await generateDeviceIdentity()).export());
  const kept: unknown = JSON.parse(await controlDeviceKey(database, keyRing, gatewayUrl, made));
  const key = v.safeParse(storedKey, kept);
  // What could not be read is not told: it is a private key.
  if (!key.success)
    throw new Error("The stored key of this app's own device was written by another version.");
  redactor.add(key.output.seed);
  return importDeviceIdentity(key.output);
}
