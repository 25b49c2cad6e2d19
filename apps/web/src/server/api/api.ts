import type { GatewayProduct, InstanceLimits, KeyRing } from "@automna/control-plane";
import type { Database, InstanceFeed, InstanceRecord } from "@automna/control-plane/database";
import type { EndpointName } from "../../api/endpoints.ts";
import type { MeteringConfig } from "../../metering-variables.ts";
import type { ChatGateway } from "../chat-gateway.ts";
import type { RecordApproval } from "../device-approval.ts";
import type { EventStreams } from "../event-streams.ts";
import type { Gateways } from "../gateways.ts";
import type { Identify } from "../identify.ts";
import type { OriginPolicy } from "../origin-policy.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Everything that the API's handlers stand on. */
export interface ApiOptions {
  readonly identify: Identify;
  readonly policy: OriginPolicy;
  readonly gateways: Gateways;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly rateLimit: RateLimit;
  readonly feed: InstanceFeed;
  readonly streams: EventStreams;
  readonly identity: "clerk" | "local";
  readonly product: GatewayProduct;
  readonly driver: "process" | "docker" | "swarm";
  /** What a gateway may use unless its row says otherwise. */
  readonly limits: InstanceLimits | null;
  /** Clerk's ids of the people who may see everything. */
  readonly operators: ReadonlySet<string>;
  /** What people may use of the operator's model, and what it costs. */
  readonly metering: Pick<MeteringConfig, "dailyTokens" | "prices">;
  /** Whether a device waited under that request, and is approved now. */
  readonly approveDevice: (
    instance: InstanceRecord,
    requestId: string,
    record: RecordApproval,
  ) => Promise<boolean>;
  /** The gateway elsewhere where the app approves its owner's browsers; null: there is none. */
  readonly chatGateway: Pick<ChatGateway, "ownerClerkId" | "approve" | "renewDevice"> | null;
  /** null: as many as a worker found room for. */
  readonly capacity: { readonly maxRunning: number | null; readonly poolSize: number };
  /** Jobs that wait, and that a worker is at. */
  readonly jobs: () => Promise<{ readonly waiting: number; readonly active: number }>;
  /** Last lines of a gateway's output; empty where this process cannot read them. */
  readonly logs: (instanceId: string, lines: number) => Promise<readonly string[]>;
  /** null: Clerk is not used, or does not tell us. */
  readonly webhookSecret: string | null;
  /** How long the data of deleted people is kept. */
  readonly keepDataMs: number;
  readonly reportError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Who asks, for what, as far as it is understood. */
export interface ApiRequest {
  readonly request: Request;
  /** The identity provider's id; empty where anybody may ask. */
  readonly clerkId: string;
  /** The sign-in; empty where anybody may ask. */
  readonly sessionId: string;
  readonly kind: "clerk" | "local";
  /** From the path. */
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed by the endpoint's schema. */
  readonly body: unknown;
}

export type Handler = (request: ApiRequest, options: ApiOptions) => Promise<Response>;

/** Answers a request for an endpoint; never rejects. */
export type Api = (
  name: EndpointName,
  request: Request,
  params?: Readonly<Record<string, string>>,
) => Promise<Response>;

/** Nothing of the API may stay in a cache: it is about one person and one moment. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
