import { getResponder } from "@homebridge/ciao";
import type { CiaoService } from "@homebridge/ciao";

import type { Backend } from "./registry.ts";
import { hostLabel } from "./slug.ts";

/** One DNS-SD service, as it should be. */
export interface Advertisement {
  /** Instance name, host label and key: it carries the user, so routers on one network do not collide. */
  readonly name: string;
  readonly txt: Readonly<Record<string, string>>;
}

export interface AdvertisingPolicy {
  readonly username: string;
  readonly ownUid: number | undefined;
  /** Leaves path and backend empty. */
  readonly redact: boolean;
  /** Projects of other and of unknown owners too. */
  readonly all: boolean;
}

/** What should be advertised for these backends. */
export function planAdvertisements(backends: readonly Backend[], policy: AdvertisingPolicy): Advertisement[] {
  return backends
    .filter(({ ownerUid }) => policy.all || (ownerUid !== undefined && ownerUid === policy.ownUid))
    .map((backend) => ({
      name: hostLabel(backend.slug, policy.username),
      txt: {
        project: backend.name,
        path: policy.redact ? "" : backend.path,
        backend: policy.redact ? "" : `127.0.0.1:${backend.port}`,
        owner: policy.username,
        ...(backend.version === undefined ? {} : { version: backend.version }),
      },
    }));
}

export interface Advertiser {
  /** Makes what is advertised what is wanted. Calls are done one after the other. */
  sync(wanted: readonly Advertisement[]): Promise<void>;
  /** Says goodbye for everything. */
  close(): Promise<void>;
}

export interface AdvertiserOptions {
  /** The router's port. */
  readonly port: number;
  /** Name or address of the only interface to use. Default: all but loopback. */
  readonly interface?: string;
  readonly onError: (error: unknown) => void;
}

/** Advertises over multicast DNS. Follows changed addresses of the machine by itself. */
export function createAdvertiser(options: AdvertiserOptions): Advertiser {
  const responder = getResponder(
    options.interface === undefined ? {} : { interface: options.interface, disableIpv6: true },
  );
  const services = new Map<string, { service: CiaoService; txt: string }>();
  let chain = Promise.resolve();

  async function apply(wanted: readonly Advertisement[]): Promise<void> {
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, { service }] of services) {
      if (names.has(name)) continue;
      services.delete(name);
      await service.destroy();
    }
    for (const { name, txt } of wanted) {
      const key = JSON.stringify(txt);
      const known = services.get(name);
      if (!known) {
        const service = responder.createService({
          name,
          type: "opencode",
          hostname: name,
          port: options.port,
          txt: { ...txt },
        });
        services.set(name, { service, txt: key });
        await service.advertise();
      } else if (known.txt !== key) {
        known.service.updateTxt({ ...txt });
        services.set(name, { service: known.service, txt: key });
      }
    }
  }

  return {
    sync(wanted) {
      chain = chain.then(() => apply(wanted)).catch(options.onError);
      return chain;
    },
    async close() {
      await chain;
      await responder.shutdown();
      services.clear();
    },
  };
}
