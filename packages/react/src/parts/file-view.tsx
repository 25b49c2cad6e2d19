"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";

export interface FileViewProps {
  readonly fileName: string | undefined;
  readonly mimeType: string;
}

/** A file by its name. */
export function FileView({ fileName, mimeType }: FileViewProps): ReactElement {
  const { message } = useStrings();
  return (
    <span className="automna-file">
      <Icon name={mimeType.startsWith("image/") ? "image" : "file"} />
      <span className="automna-file-name" dir="auto">
        {fileName ?? message.file}
      </span>
    </span>
  );
}
