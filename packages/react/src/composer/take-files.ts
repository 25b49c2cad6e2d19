import { refuseAttachments, type Attachment, type AttachmentLimits } from "@automna/client";

import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { describeRefusal } from "./describe-refusal.ts";
import { readFiles, type PrepareFile } from "./read-files.ts";

export { describeSendError } from "./describe-refusal.ts";

/** What stands in the tray after files were chosen, and what is to be told about the others. */
export interface TakenFiles {
  readonly attachments: readonly Attachment[];
  readonly problems: readonly string[];
}

/**
 * Reads files and adds those that this gateway accepts.
 *
 * @param chosen what is in the tray by the time the files are read
 */
export async function takeFiles(
  files: readonly File[],
  chosen: () => readonly Attachment[],
  {
    limits,
    strings,
    prepareFile,
  }: {
    readonly limits: AttachmentLimits | null;
    readonly strings: Strings;
    readonly prepareFile: PrepareFile | undefined;
  },
): Promise<TakenFiles> {
  const read = await readFiles(files, prepareFile);
  const together = [...chosen(), ...read.attachments];
  const refusals = limits ? refuseAttachments(together, limits) : [];
  const refused = new Set(refusals.map(({ index }) => index));
  return {
    attachments: together.filter((_, index) => !refused.has(index)),
    problems: [
      ...read.unreadable.map(({ fileName }) => fill(strings.composer.unreadable, { name: fileName })),
      ...refusals.map((refusal) => describeRefusal(refusal, together, limits, strings)),
    ],
  };
}
