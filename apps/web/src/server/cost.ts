import type { InstanceLimits } from "@automna/control-plane";

interface Range {
  readonly from: number;
  readonly to: number;
}

const GIGABYTE = 1024 ** 3;
/** US dollars a month for each gigabyte of memory, as small machines are priced: idle ones share theirs. */
const IDLE: Range = { from: 8, to: 20 };
const ACTIVE: Range = { from: 20, to: 60 };
/** US dollars a month for each gigabyte of storage. */
const STORAGE = 0.1;

/** Roughly what a gateway with these limits costs its operator in a month; null when there is nothing to reckon by. */
export function monthlyCost({ memory, disk = 0 }: InstanceLimits): { idle: Range; active: Range } | null {
  if (memory === undefined) return null;
  const storage = (disk / GIGABYTE) * STORAGE;
  const priced = ({ from, to }: Range): Range => ({
    from: cents((memory / GIGABYTE) * from + storage),
    to: cents((memory / GIGABYTE) * to + storage),
  });
  return { idle: priced(IDLE), active: priced(ACTIVE) };
}

const cents = (dollars: number) => Math.round(dollars * 100) / 100;
