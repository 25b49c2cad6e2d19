import { refuseAttachments, type AttachmentLimits } from "@automna/client";

import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { describeRefusal } from "./describe-refusal.ts";
import { readFile, type PrepareFile } from "./read-files.ts";
import type { Tray, TrayFile } from "./tray.ts";

export { describeSendError } from "./describe-refusal.ts";

/** What decides about the files that are taken. */
interface Taking {
  readonly limits: AttachmentLimits | null;
  readonly strings: Strings;
  readonly prepareFile: PrepareFile | undefined;
}

/** A tray once one of its files was read, or could not be. */
function withRead(
  { attachments, problems }: Tray,
  place: TrayFile,
  read: TrayFile | null,
  { limits, strings }: Taking,
): Tray {
  const next = attachments.flatMap((file) => (file === place ? (read ?? []) : file));
  // What is not read yet may become smaller.
  const together = next.filter((file) => !file.isReading);
  const refusals = limits ? refuseAttachments(together, limits) : [];
  const refused = new Set(refusals.map(({ index }) => together[index]));
  return {
    attachments: next.filter((file) => !refused.has(file)),
    problems: [
      ...problems,
      ...(read ? [] : [fill(strings.composer.unreadable, { name: place.fileName })]),
      ...refusals.map((refusal) => describeRefusal(refusal, together, limits, strings)),
    ],
  };
}

/** Reads files for their places, each by itself. Whose place was taken out meanwhile goes nowhere. */
export async function takeFiles(
  files: readonly File[],
  places: readonly TrayFile[],
  { tray, change, ...taking }: Taking & { readonly tray: Tray; readonly change: (next: Tray) => void },
): Promise<void> {
  const take = async (file: File, place: TrayFile | undefined) => {
    const read = await readFile(file, taking.prepareFile).catch(() => null);
    if (place && tray.attachments.includes(place)) change(withRead(tray, place, read, taking));
  };
  await Promise.all(files.map((file, index) => take(file, places[index])));
}
