"use client";

import type { ReactElement } from "react";

import { formatBytes } from "../composer/describe-refusal.ts";
import type { TrayFile } from "../composer/tray.ts";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";
import { LateIcon } from "./late-icons.tsx";
import { imageSource } from "./image-view.tsx";

/** What {@link AttachmentTray} shows. */
export interface AttachmentTrayProps {
  /** Of {@link useComposer}. Sizes are in bytes. */
  readonly attachments: readonly TrayFile[];
  /** Gets the place in the list. */
  readonly onRemove: (index: number) => void;
}

/**
 * The files that go with the message that is being written. Nothing when there are none. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { AttachmentTray, useComposer } from "@automna/react";
 *
 * function Files() {
 *   const { attachments, removeAttachment } = useComposer();
 *   return <AttachmentTray attachments={attachments} onRemove={removeAttachment} />;
 * }
 * ```
 */
export function AttachmentTray({ attachments, onRemove }: AttachmentTrayProps): ReactElement | null {
  const { composer, locale } = useStrings();
  if (attachments.length === 0) return null;
  return (
    <ul className="automna-tray" aria-label={composer.attachments}>
      {attachments.map((attachment, index) => (
        <li
          key={`${index} ${attachment.fileName}`}
          className="automna-tray-item"
          aria-busy={attachment.isReading}
        >
          <Thumbnail attachment={attachment} />
          <span className="automna-file-name" dir="auto">
            {attachment.fileName}
          </span>
          <span className="automna-tray-size">{formatBytes(attachment.size, locale)}</span>
          <button
            type="button"
            className="automna-icon-button"
            data-size="small"
            aria-label={fill(composer.removeAttachment, { name: attachment.fileName })}
            title={fill(composer.removeAttachment, { name: attachment.fileName })}
            onClick={() => onRemove(index)}
          >
            <LateIcon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ attachment }: { readonly attachment: TrayFile }): ReactElement {
  const { mimeType, content, isReading } = attachment;
  const source = isReading ? null : imageSource(`data:${mimeType};base64,${content}`, () => null);
  if (source !== null) return <img className="automna-tray-picture" src={source} alt="" />;
  return <Icon name="file" />;
}
