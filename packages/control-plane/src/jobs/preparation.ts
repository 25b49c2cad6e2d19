import type { InstanceRecord } from "../database/instance-record.ts";
import { knownFailureOf } from "../failures.ts";
import type { InstanceFailure, InstanceSpec } from "../instance.ts";

/**
 * Says how an instance is run here, today: with the token and the image that it is moving to, if it is moving.
 *
 * @param image Instead of those of the record, for an upgrade's trial and its way back.
 */
export type PrepareInstance = (
  instance: InstanceRecord,
  image?: string | null,
) => Promise<{ readonly spec: InstanceSpec }>;

type Preparation =
  | { readonly status: "prepared"; readonly spec: InstanceSpec }
  | { readonly status: "failed"; readonly failure: InstanceFailure };

/**
 * What is wrong with the instance itself is its failure. Anything else that goes wrong on the way, such as a database
 * that is away, says nothing of it: that rejects, and whoever has the job tries again.
 */
export async function prepared(
  prepare: PrepareInstance,
  instance: InstanceRecord,
  image: string | null,
): Promise<Preparation> {
  try {
    return { status: "prepared", spec: (await prepare(instance, image)).spec };
  } catch (error) {
    const failure = knownFailureOf(error);
    if (failure === null) throw error;
    return { status: "failed", failure };
  }
}
