import { type BucketRate, trustedAddresses } from "@automna/proxy";
import * as v from "valibot";

const RATE = /^([1-9]\d{0,5}):([1-9]\d{0,5})$/;

/** A variable that holds `perSecond:burst`, or `0` for no limit. */
export const rate = (about: string) =>
  v.pipe(
    v.string(),
    v.check(
      (value) => value === "0" || RATE.test(value),
      "must be rate:burst, two whole numbers above 0 such as 20:200, or 0 for no limit",
    ),
    v.transform((value): BucketRate | null => {
      const [, perSecond, burst] = RATE.exec(value) ?? [];
      return perSecond && burst ? { perSecond: Number(perSecond), burst: Number(burst) } : null;
    }),
    v.description(about),
  );

/** A variable that holds addresses and CIDR ranges. */
export const addresses = (about: string) =>
  v.pipe(
    v.string(),
    v.check(
      (value) => areAddresses(splitList(value)),
      "must be addresses and ranges, separated by commas, such as 10.0.0.0/8,fd00::/8",
    ),
    v.transform((value): readonly string[] => splitList(value)),
    v.description(about),
  );

function splitList(value: string): string[] {
  return value.split(",").map((entry) => entry.trim());
}

function areAddresses(entries: readonly string[]): boolean {
  try {
    trustedAddresses(entries);
    return true;
  } catch {
    return false;
  }
}
