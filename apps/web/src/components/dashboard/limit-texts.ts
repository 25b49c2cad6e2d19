import type { Instance } from "../../api/instance.ts";
import { fill } from "../../i18n/fill.ts";
import type { Strings } from "../../i18n/strings.ts";

/** The limits in words, those that there are. */
export function limitTexts(limits: Instance["limits"], { dashboard, locale }: Strings): string[] {
  const number = new Intl.NumberFormat(locale);
  const { memory, cpus, pids, disk } = limits ?? {};
  return [
    ...(memory ? [fill(dashboard.memory, { amount: bytes(memory, locale) })] : []),
    ...(cpus ? [fill(dashboard.cpus, { count: number.format(cpus) })] : []),
    ...(pids ? [fill(dashboard.processes, { count: number.format(pids) })] : []),
    ...(disk ? [fill(dashboard.disk, { amount: bytes(disk, locale) })] : []),
  ];
}

const GIB = 1_073_741_824;
const MIB = 1_048_576;

/** Binary sizes under the names that people know them by. */
function bytes(amount: number, locale: string): string {
  const [unit, size] = amount >= GIB ? (["gigabyte", GIB] as const) : (["megabyte", MIB] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(
    amount / size,
  );
}
