import type { Attachment } from "@automna/client";

/** A file that was chosen for the message that is being written. */
export interface TrayFile extends Attachment {
  /** It has no content yet, and may be taken out all the same. */
  readonly isReading?: boolean;
}

/** What belongs to one message besides its text. Its files stay with it, whatever is open by the time they are read. */
export interface Tray {
  attachments: readonly TrayFile[];
  problems: readonly string[];
}
