import {
  buildConnectParams,
  hintProtocol,
  type ConnectAuth,
  type ConnectChallenge,
  type ConnectParams,
  type HelloOk,
} from "@automna/protocol";

import { devicePart } from "./chat-parts.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { DeviceStore } from "./device-store.ts";
import type { SecondChances } from "./second-chances.ts";
import { defaultStorage } from "./storage.ts";
import { VERSION } from "./version.ts";

/** Who a connection says it is: with a token, and with a device where the gateway wants one. */
export class Introduction {
  readonly #options: ConnectionOptions;
  #devices: DeviceStore | null = null;
  /** The last `connect` was signed by the device. */
  #isSigned = false;
  #token: string | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The params of `connect`; `null` when a device has to sign and there is no challenge to sign. */
  async params(
    url: string,
    token: string | null,
    challenge: ConnectChallenge | null,
    chances: SecondChances,
  ): Promise<ConnectParams | null> {
    const { device = "auto", scopes, client, storage } = this.#options;
    const signs =
      typeof device === "object" ||
      (device === "auto" &&
        token !== null &&
        (chances.deviceDemanded || (challenge !== null && hintProtocol(challenge) === 4)));
    this.#isSigned = false;
    this.#token = token;
    const options = {
      client: { displayName: "Automna", version: VERSION, ...client },
      ...(scopes && { scopes }),
      auth: authOf(token),
    };
    if (!signs) return buildConnectParams(options);
    if (challenge === null) return null;
    const { DeviceStore: Store } = devicePart.loaded ?? (await devicePart.load());
    this.#devices ??= new Store(storage ?? defaultStorage(), device);
    this.#isSigned = true;
    const isOwnFirst = chances.deviceToken || token === chances.passedOver;
    return this.#devices.signedParams(options, challenge, isOwnFirst ? url : null);
  }

  /**
   * The gateway let the device in, perhaps with a token of its own.
   *
   * @returns the token that was not used, where the device's own was
   */
  accepted(url: string, hello: HelloOk): string | null | undefined {
    if (!this.#isSigned) return undefined;
    void this.#devices?.keepToken(url, hello.auth);
    return this.#devices?.usesOwn ? this.#token : undefined;
  }

  /** A token was refused. @returns whether the other one, the device's own or the given, is worth a try */
  async refused(url: string, canUseOwn: boolean, chances: SecondChances): Promise<boolean> {
    return this.#isSigned && (await this.#devices?.refused(url, canUseOwn, chances)) === true;
  }
}

function authOf(token: string | null): ConnectAuth {
  return token === null || token === "" ? { kind: "none" } : { kind: "token", token };
}
