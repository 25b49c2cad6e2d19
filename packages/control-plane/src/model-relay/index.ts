export {
  type Admission,
  createModelRelay,
  type ModelRelay,
  type ModelRelayOptions,
  type RelayUpstream,
} from "./model-relay.ts";
export { RELAY_BASES, type RelayAccount } from "./relayed-request.ts";
export { instanceOfRelayKey, isRelayKey, relayKeyOf } from "./relay-key.ts";
export { createUsageLedger, type UsageLedger, type UsageLedgerOptions } from "./usage-ledger.ts";
export { type TokenUsage } from "./token-usage.ts";
