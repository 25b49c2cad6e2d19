import {
  buildSignedConnectParams,
  generateDeviceIdentity,
  importDeviceIdentity,
  type ConnectChallenge,
  type ConnectOptions,
  type ConnectParams,
  type DeviceIdentity,
  type HelloOk,
  type StoredDeviceIdentity,
} from "@automna/protocol";

import type { SecondChances } from "./second-chances.ts";
import type { ClientStorage } from "./storage.ts";

/**
 * - `auto`: a device is sent where the gateway grants nothing without one; its key is made once and kept.
 * - `off`: never.
 * - an own identity: always that one.
 */
export type DeviceOption = "auto" | "off" | DeviceIdentity;

const IDENTITY_KEY = "automna:device:1";
const TOKEN_PREFIX = "automna:device-token:1:";

function readIdentity(text: string | null): StoredDeviceIdentity | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { deviceId, publicKey, seed }: Partial<Record<string, unknown>> = { ...value };
    if (typeof deviceId !== "string" || typeof publicKey !== "string" || typeof seed !== "string")
      return null;
    return { version: 1, deviceId, publicKey, seed };
  } catch {
    return null;
  }
}

/** What a gateway gave to a device: worth exactly these scopes, and refused with any other. */
interface DeviceToken {
  readonly token: string;
  /** `null`: the gateway did not say. */
  readonly scopes: readonly string[] | null;
}

function readToken(text: string | null): DeviceToken | null {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    if (typeof value !== "object" || value === null || !("token" in value)) return null;
    const scopes: unknown = Reflect.get(value, "scopes");
    const isList = Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string");
    return typeof value.token === "string" ? { token: value.token, scopes: isList ? scopes : null } : null;
  } catch {
    return null;
  }
}

let lastTurn: Promise<unknown> = Promise.resolve();

/** Does something while no other connection does: among all tabs where the browser can, within this page elsewhere. */
function alone<T>(task: () => Promise<T>): Promise<T> {
  if (typeof navigator !== "undefined" && "locks" in navigator)
    return navigator.locks.request(IDENTITY_KEY, task);
  const turn = lastTurn.then(task);
  lastTurn = turn.catch(() => {});
  return turn;
}

/** The device key and the tokens that gateways gave to it, in durable storage. */
export class DeviceStore {
  readonly #storage: ClientStorage;
  readonly #option: DeviceOption;
  #identity: Promise<DeviceIdentity> | null = null;
  /** Made while the storage could not be read: it stands in until that is known to hold another one. */
  #standIn: DeviceIdentity | null = null;
  /** The last params hold the device's own token. */
  usesOwn = false;

  constructor(storage: ClientStorage, option: DeviceOption) {
    this.#storage = storage;
    this.#option = option;
  }

  /** The identity to prove; made and kept on first use. One that could not be had is sought again by the next call. */
  identity(): Promise<DeviceIdentity> {
    this.#identity ??= this.#find().catch((error: unknown) => {
      this.#identity = null;
      throw error;
    });
    return this.#identity;
  }

  /**
   * The params of `connect` with the proof that this is the device.
   *
   * @param ownTokenOf the gateway whose own token for this device is used, with the scopes that it was given for
   */
  async signedParams(
    options: ConnectOptions,
    challenge: ConnectChallenge,
    ownTokenOf: string | null,
  ): Promise<ConnectParams> {
    if (this.#standIn !== null) this.#identity = null;
    const own = ownTokenOf === null ? null : await this.#token(ownTokenOf);
    this.usesOwn = own !== null;
    const withOwn: ConnectOptions =
      own === null
        ? options
        : {
            ...options,
            auth: { kind: "device-token", token: own.token },
            ...(own.scopes && { scopes: own.scopes }),
          };
    return buildSignedConnectParams(withOwn, await this.identity(), challenge);
  }

  async #find(): Promise<DeviceIdentity> {
    if (typeof this.#option === "object") return this.#option;
    try {
      const identity =
        (await this.#kept()) ?? (await alone(async () => (await this.#kept()) ?? this.#create()));
      this.#standIn = null;
      return identity;
    } catch {
      // What cannot be read may be there, and paired: nothing is written over it.
      this.#standIn ??= await generateDeviceIdentity();
      return this.#standIn;
    }
  }

  /** What the storage holds. A damaged key can never be used again; a new one has to be paired. */
  async #kept(): Promise<DeviceIdentity | null> {
    const stored = readIdentity(await this.#storage.get(IDENTITY_KEY));
    return stored && importDeviceIdentity(stored).catch(() => null);
  }

  async #create(): Promise<DeviceIdentity> {
    const identity = this.#standIn ?? (await generateDeviceIdentity());
    await this.#storage.set(IDENTITY_KEY, JSON.stringify(identity.export())).catch(() => {});
    return identity;
  }

  /** The token that this gateway gave to this device, or `null`. */
  async #token(gatewayUrl: string): Promise<DeviceToken | null> {
    return readToken(await this.#storage.get(await this.#tokenKey(gatewayUrl)).catch(() => null));
  }

  /** Keeps what hello-ok gave to this device, if it gave anything. */
  async keepToken(gatewayUrl: string, { deviceToken, scopes }: HelloOk["auth"]): Promise<void> {
    if (deviceToken === undefined) return;
    const token: DeviceToken = { token: deviceToken, scopes: scopes ?? null };
    await this.#storage.set(await this.#tokenKey(gatewayUrl), JSON.stringify(token)).catch(() => {});
  }

  /**
   * The token of the last params was refused.
   *
   * @param canUseOwn the gateway would take the device's own
   * @returns whether the other one is worth a try, which it is once
   */
  async refused(gatewayUrl: string, canUseOwn: boolean, chances: SecondChances): Promise<boolean> {
    if (this.usesOwn) {
      chances.passedOver = undefined;
      await this.#storage.remove(await this.#tokenKey(gatewayUrl)).catch(() => {});
      return !chances.deviceToken;
    }
    if (!canUseOwn || chances.deviceToken || (await this.#token(gatewayUrl)) === null) return false;
    chances.deviceToken = true;
    return true;
  }

  async #tokenKey(gatewayUrl: string): Promise<string> {
    const { deviceId } = await this.identity();
    return `${TOKEN_PREFIX}${deviceId}:${gatewayUrl.replace(/[?#].*$/, "")}`;
  }
}
