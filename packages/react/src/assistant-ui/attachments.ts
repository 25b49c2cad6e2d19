import { refuseAttachments, type Attachment, type AttachmentLimits } from "@automna/client";
import { MessageNotSentError, type AttachmentAdapter, type PendingAttachment } from "@assistant-ui/react";

import { describeRefusal } from "../composer/describe-refusal.ts";
import { readFile, type PrepareFile } from "../composer/read-files.ts";
import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import type { ComposerTray } from "./composer-tray.ts";

/** What decides about the files that are taken into assistant-ui's composer. */
export interface Taking {
  readonly limits: AttachmentLimits | null;
  readonly strings: Strings;
  readonly prepareFile: PrepareFile | undefined;
  readonly tray: ComposerTray;
}

let taken = 0;

/** Reads the files of assistant-ui's composer when they are chosen; one that the gateway would refuse says so in its tile. */
export function attachmentAdapter(taking: Taking): AttachmentAdapter {
  return {
    accept: taking.limits?.acceptsFiles === false ? "image/*" : "*",
    async *add({ file }) {
      taken += 1;
      const place = {
        id: `file-${taken}`,
        type: kindOf(file.type),
        name: file.name,
        contentType: file.type,
        file,
      };
      yield { ...place, status: { type: "running", reason: "uploading", progress: 0 } };
      const read = await readFile(file, taking.prepareFile).catch(() => null);
      const problem = problemOf(file, read, taking);
      if (read === null || problem !== null) {
        yield { ...place, status: { type: "incomplete", reason: "error", message: problem ?? "" } };
        return;
      }
      taking.tray.add(place.id, read);
      yield readAttachment(place, read);
    },
    async send({ status, content, ...attachment }) {
      if (!content) throw new MessageNotSentError("message" in status ? status.message : undefined);
      return { ...attachment, content, status: { type: "complete" } };
    },
    remove: () => Promise.resolve(),
  };
}

const kindOf = (mimeType: string) => (mimeType.startsWith("image/") ? "image" : "document");

function problemOf(file: File, read: Attachment | null, { limits, strings, tray }: Taking): string | null {
  if (read === null) return fill(strings.composer.unreadable, { name: file.name });
  if (limits === null) return null;
  const together = [...tray.read(), read];
  const refusal = refuseAttachments(together, limits).find(({ index }) => together[index] === read);
  return refusal === undefined ? null : describeRefusal(refusal, together, limits, strings);
}

function readAttachment(
  place: Omit<PendingAttachment, "status">,
  { fileName, mimeType, content }: Attachment,
): PendingAttachment {
  const type = kindOf(mimeType);
  return {
    ...place,
    type,
    name: fileName,
    contentType: mimeType,
    content: [
      type === "image"
        ? { type, image: `data:${mimeType};base64,${content}`, filename: fileName }
        : { type: "file", data: content, mimeType, filename: fileName },
    ],
    status: { type: "requires-action", reason: "composer-send" },
  };
}
