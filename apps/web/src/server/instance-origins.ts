import type { HostRule } from "@automna/proxy";
import type { InstanceOriginsConfig } from "../instance-origin-variables.ts";

/** An origin on which gateways' own pages run. */
export interface InstanceSite {
  readonly origin: string;
  /** The subdomain that names the instance; null where the path does. */
  readonly subdomain: string | null;
}

/** Where gateways' own pages run: never on the app's origin, where they would act with the person's session. */
export interface InstanceOrigins {
  /** False: there are none, and pages of gateways run nowhere. */
  readonly exist: boolean;
  /** Which of these origins a `Host` header names, if any. */
  siteOf(host: string | undefined): InstanceSite | null;
  /** Where the pages of a gateway are for somebody who uses the app under this origin; null: nowhere. */
  originFor(subdomain: string, appOrigin: string): string | null;
  /** Every origin from which a gateway's own pages may come. */
  allowedFor(subdomain: string): readonly string[];
  /** For the route table. */
  readonly hostRules: readonly HostRule[];
}

export interface InstanceOriginsOptions {
  readonly config: InstanceOriginsConfig;
  /** The origin of the app that people are shown. */
  readonly appOrigin: string;
  /** The second port as it is really listened on; null when there is none. */
  readonly port: number | null;
}

/** `u-` and 10 base32 letters. */
const SUBDOMAIN = /^u-[a-z2-7]{10}$/;
const NOWHERE: InstanceOrigins = {
  exist: false,
  siteOf: () => null,
  originFor: () => null,
  allowedFor: () => [],
  hostRules: [],
};

export function createInstanceOrigins({ config, appOrigin, port }: InstanceOriginsOptions): InstanceOrigins {
  switch (config.kind) {
    case "subdomain":
      return onSubdomains(config.domain, new URL(appOrigin));
    case "port":
      if (config.publicOrigin) return onOneOrigin(config.publicOrigin);
      return port === null ? NOWHERE : onSecondPort(port);
    case "none":
      return NOWHERE;
  }
}

function onSubdomains(domain: string, { protocol, port }: URL): InstanceOrigins {
  const suffix = `.${domain}${port === "" ? "" : `:${port}`}`;
  const originOf = (subdomain: string) => `${protocol}//${subdomain}${suffix}`;
  return {
    exist: true,
    siteOf(host = "") {
      const name = host.toLowerCase();
      const subdomain = name.slice(0, -suffix.length);
      return name.endsWith(suffix) && SUBDOMAIN.test(subdomain)
        ? { origin: originOf(subdomain), subdomain }
        : null;
    },
    originFor: originOf,
    allowedFor: (subdomain) => [originOf(subdomain)],
    hostRules: [{ domain, label: SUBDOMAIN }],
  };
}

function onOneOrigin(origin: string): InstanceOrigins {
  const { host } = new URL(origin);
  return {
    exist: true,
    siteOf: (value) => (value?.toLowerCase() === host ? { origin, subdomain: null } : null),
    originFor: () => origin,
    allowedFor: () => [origin],
    hostRules: [],
  };
}

/**
 * This machine's own names with the second port. Cookies and sites do not tell ports apart, so that the pages run under
 * another of the names than the one under which the app is used.
 */
function onSecondPort(port: number): InstanceOrigins {
  const suffix = port === 80 ? "" : `:${port}`;
  const origins = ["localhost", "127.0.0.1", "[::1]"].map((name) => `http://${name}${suffix}`);
  const [named = "", numbered = ""] = origins;
  return {
    exist: true,
    siteOf(host = "") {
      const origin = `http://${host.toLowerCase()}`;
      return origins.includes(origin) ? { origin, subdomain: null } : null;
    },
    originFor: (_, appOrigin) => (new URL(appOrigin).hostname === "localhost" ? numbered : named),
    allowedFor: () => origins,
    hostRules: [],
  };
}
