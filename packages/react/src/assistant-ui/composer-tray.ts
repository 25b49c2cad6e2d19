import type { Attachment } from "@automna/client";

/** The files of the message that is being written in assistant-ui's composer, as far as they have been read. */
export interface ComposerTray {
  readonly read: () => readonly Attachment[];
  readonly add: (id: string, attachment: Attachment) => void;
  /** What the composer has now. */
  readonly keep: (ids: readonly string[]) => void;
}

export function composerTray(): ComposerTray {
  let ids: readonly string[] = [];
  const attachments = new Map<string, Attachment>();
  return {
    read: () => ids.flatMap((id) => attachments.get(id) ?? []),
    add: (id, attachment) => void attachments.set(id, attachment),
    keep(kept) {
      ids = kept;
      for (const id of attachments.keys()) if (!kept.includes(id)) attachments.delete(id);
    },
  };
}
