import { CredentialError } from "@automna/control-plane";
import { controlDeviceKey, forgetControlDevice } from "@automna/control-plane/database";
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
import { approveDevice, type RecordApproval } from "./device-approval.ts";
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
  /** @throws OwnDeviceError */
  approve(requestId: string, record: RecordApproval): Promise<ChatGatewayApproval>;
  /** Makes the app another device, which waits for the gateway's owner like any new one. */
  renewDevice(): Promise<void>;
  close(): Promise<void>;
}

/** The key by which the app is a device there is stored, and cannot be read. */
export class OwnDeviceError extends Error {
  override readonly name = "OwnDeviceError";
  readonly code = "app-device-unreadable";
  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The key by which this app is a device at the gateway of CHAT_GATEWAY_URL cannot be read: ${reason} Or choose a new device in the chat, and approve that one on the gateway's machine.`,
      options,
    );
  }
}

/** To approve devices that chat, and nothing else: what it does not have it cannot give. */
const SCOPES: readonly OperatorScope[] = ["operator.pairing", ...CHAT_SCOPES];

const PATIENCE_MS = 10_000;

const storedKey = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ version: v.literal(1), deviceId: v.string(), publicKey: v.string(), seed: v.string() }),
);

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
  const introduceAloud = () =>
    introduce().catch((error: unknown) => {
      if (!closing.signal.aborted) tell(error);
    });
  let introduced = introduceAloud();
  const owner = ownerClerkId ?? LOCAL_USER;
  return {
    ownerClerkId: owner,
    async approve(requestId, record) {
      try {
        return { approved: await approveDevice(await target(), requestId, record), app: null };
      } catch (error) {
        const app = ownRequest(error);
        if (app !== null || error instanceof OwnDeviceError) tell(error);
        if (app === null) throw error;
        return { approved: false, app };
      }
    },
    async renewDevice() {
      await forgetControlDevice(storage.database, gatewayUrl, owner);
      introduced = introduceAloud();
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
    if (error instanceof OwnDeviceError) {
      if (told !== error.message) logger.error({ err: error, gatewayUrl }, error.message);
      told = error.message;
      return;
    }
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

const WHY: Readonly<Record<CredentialError["code"], string>> = {
  "unknown-key": "TOKEN_KEYS does not hold the key that sealed it. Put that one back, behind the newest.",
  "not-authentic":
    "it was sealed for another gateway, or by another key of the same id. Put that key back into TOKEN_KEYS.",
  malformed: "what is stored is no sealed key. Restore the database.",
  "key-ring-invalid": "TOKEN_KEYS is not usable. Correct it.",
};

async function ownDevice(
  gatewayUrl: string,
  { database, keyRing }: Options["storage"],
  { redactor }: Options["log"],
): Promise<DeviceIdentity> {
  const made = async () => JSON.stringify((await generateDeviceIdentity()).export());
  const kept = await controlDeviceKey(database, keyRing, gatewayUrl, made).catch((error: unknown) => {
    throw error instanceof CredentialError ? new OwnDeviceError(WHY[error.code], { cause: error }) : error;
  });
  const key = v.safeParse(storedKey, kept);
  // What could not be read is not told: it is a private key.
  if (!key.success) throw new OwnDeviceError("it was written by another version. Run that one.");
  redactor.add(key.output.seed);
  return importDeviceIdentity(key.output);
}
