"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { classNames } from "./class-names.ts";
import { CopyButton } from "./copy-button.tsx";

/** The request that waits for approval; `null` when the gateway has not named it. */
export interface PairingHelpProps extends ComponentPropsWithoutRef<"div"> {
  readonly requestId: string | null;
}

/** The command that lists or approves a request, the same in both products but for the program's name. */
export function pairingCommand(requestId: string | null, program = "openclaw"): string {
  return requestId === null ? `${program} devices list` : `${program} devices approve ${requestId}`;
}

/** What to type on the gateway's machine so that it lets this device in. */
export function PairingHelp({ requestId, className, ...rest }: PairingHelpProps): ReactElement {
  const { connection } = useStrings();
  const command = pairingCommand(requestId);
  return (
    <div {...rest} className={classNames("automna-pairing", className)}>
      <span>{connection.pairingCommand}</span>
      <code className="automna-pairing-command" dir="ltr">
        {command}
      </code>
      <CopyButton text={command} label={connection.copyRequestId} />
    </div>
  );
}
