export { type AuditEntry, type AuditRecord, listAudit, recordAudit } from "./audit.ts";
export { maxRunningOf, occupancyOf, recordRoom } from "./capacity.ts";
export { connectDatabase, type Database, type DatabaseOptions, type Transaction } from "./client.ts";
export { admit, admitAnother, commandInstance, type CommandContext, type Enqueue } from "./commands.ts";
export { controlDeviceKey, forgetControlDevice } from "./control-device.ts";
export { type Delivery, deleteIdentity, isKnownDelivery, rememberDelivery } from "./deliveries.ts";
export { endSession, isSessionEnded, listEndedSessions } from "./ended-sessions.ts";
export { findInstanceAccess, type InstanceAccessRecord } from "./instance-access.ts";
export { followInstances, type InstanceFeed } from "./instance-feed.ts";
export { containerStatusOf, type InstanceRecord, POOL_OWNER } from "./instance-record.ts";
export {
  changeInstance,
  ensureUserWithInstance,
  type EnsureOptions,
  findInstance,
  findOwnedInstance,
  IdentityDeletedError,
  InstanceNotFoundError,
  listInstances,
  listLiveInstances,
  type NewInstance,
  recordActivity,
  recordObservation,
  refuseDeleted,
  setRuntime,
} from "./instances.ts";
export { issueLaunchTicket, type LaunchGrant, redeemLaunchTicket } from "./launch-tickets.ts";
export { answerLogQuestions, mirrorLogs } from "./log-relay.ts";
export { migrate, MigrationError, type MigrationErrorCode, type MigrationOutcome } from "./migrate.ts";
export {
  deleteModelKey,
  findModelKey,
  type ModelKeyRecord,
  openModelKey,
  putModelKey,
} from "./model-keys.ts";
export {
  addModelUsage,
  heaviestUsers,
  modelUsageOf,
  modelUsageOfAll,
  type ModelUsageTotals,
  ownerOfRelayKey,
  type PersonUsage,
} from "./model-usage.ts";
export { newInstance, newInstanceId, newSubdomain, newToken } from "./new-instance.ts";
export {
  countInstances,
  type Counts,
  listFailed,
  listOwned,
  listUnsettled,
  type OwnedRecord,
} from "./overview.ts";
export { claimPooled, fillPool, recordPoolPolicy, weedPool } from "./pool.ts";
export { forgetDeletedPeople, forgetDeliveries, forgetUnowned } from "./purge.ts";
export { countSealed, resealAll, type UnreadableSecret } from "./reseal.ts";
export { forgetProcesses, recordPhase, recordSettlement, type RunRecord } from "./settlements.ts";
export { findUser, type UserRecord } from "./users.ts";
