export { connectDatabase, type Database, type DatabaseOptions } from "./client.ts";
export { endSession, isSessionEnded, listEndedSessions } from "./ended-sessions.ts";
export { findInstanceAccess, type InstanceAccessRecord } from "./instance-access.ts";
export { containerStatusOf, type InstanceRecord } from "./instance-record.ts";
export {
  ensureUserWithInstance,
  findInstance,
  findOwnedInstance,
  InstanceNotFoundError,
  listInstances,
  type NewInstance,
  recordActivity,
  recordObservation,
  replaceToken,
  setDesiredState,
  setProduct,
} from "./instances.ts";
export { issueLaunchTicket, type LaunchGrant, redeemLaunchTicket } from "./launch-tickets.ts";
export { migrate, MigrationError, type MigrationErrorCode, type MigrationOutcome } from "./migrate.ts";
export { ensureUser, findUser, type UserRecord } from "./users.ts";
export { newInstance, newInstanceId, newSubdomain } from "./new-instance.ts";
