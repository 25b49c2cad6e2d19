import type { ChatStoreOptions, Provided, ProviderRequest } from "@automna/client";

const PROVIDED = Symbol("provided by a function");

/** What names the peer and the person. A change means another connection, and so another store. */
export type Identity = readonly [
  gatewayUrl: string | typeof PROVIDED,
  authToken: string | null | typeof PROVIDED,
  storageScope: string | undefined,
];

/** Functions are asked again on each attempt, so another function of the same kind is no other identity. */
export function identityOf({ gatewayUrl, authToken, storageScope }: ChatStoreOptions): Identity {
  return [
    typeof gatewayUrl === "function" ? PROVIDED : gatewayUrl,
    typeof authToken === "function" ? PROVIDED : authToken,
    storageScope,
  ];
}

export function sameIdentity(one: Identity, other: Identity): boolean {
  return one.every((part, index) => part === other[index]);
}

/**
 * Two functions may stand for two people, so only plain values may find an open connection again; without a token a scope may
 * name another person who is known in front of the gateway.
 */
export function isShareable(identity: Identity): boolean {
  const [, authToken, storageScope] = identity;
  return !identity.includes(PROVIDED) && (!!authToken || storageScope === undefined);
}

/** Options whose functions may be exchanged later, so that an inline arrow opens no new connection. */
export interface LatestOptions {
  readonly options: ChatStoreOptions;
  update(next: ChatStoreOptions): void;
}

function latest<T>(
  initial: Provided<T>,
): readonly [provided: Provided<T>, update: (next: Provided<T>) => void] {
  if (typeof initial !== "function") return [initial, () => undefined];
  let current = initial;
  return [
    (request: ProviderRequest) => (isProvider(current) ? current(request) : current),
    (next) => {
      if (typeof next === "function") current = next;
    },
  ];
}

function isProvider<T>(value: Provided<T>): value is (request: ProviderRequest) => T | Promise<T> {
  return typeof value === "function";
}

export function latestOptions(initial: ChatStoreOptions): LatestOptions {
  const [gatewayUrl, updateUrl] = latest(initial.gatewayUrl);
  const [authToken, updateToken] = latest(initial.authToken);
  return {
    options: { ...initial, gatewayUrl, authToken },
    update(next) {
      updateUrl(next.gatewayUrl);
      updateToken(next.authToken);
    },
  };
}
