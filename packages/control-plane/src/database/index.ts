export { connectDatabase, type Database, type DatabaseOptions } from "./client.ts";
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
export { migrate, MigrationError, type MigrationErrorCode, type MigrationOutcome } from "./migrate.ts";
export { ensureUser, findUser, type UserRecord } from "./users.ts";
export { newInstance, newInstanceId, newSubdomain } from "./new-instance.ts";
