export { cullIdle, OrphansLeftError, type Suspension, sweepOrphans } from "./housekeeping.ts";
export { type JobHandlers, type JobQueue, type JobQueueOptions, startJobQueue } from "./job-queue.ts";
export { createLeases, type Lease, type Leases } from "./leases.ts";
export { type KnownInstance, type SweepAction, sweepPlan } from "./orphans.ts";
export { FairQueue } from "./fair-queue.ts";
export { type PrepareInstance } from "./preparation.ts";
export { trialIdOf } from "./trial.ts";
export { createWorker, type Worker, type WorkerOptions } from "./worker.ts";
