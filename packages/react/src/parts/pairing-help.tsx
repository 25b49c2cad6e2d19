"use client";

import type { ComponentPropsWithoutRef, ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { classNames } from "./class-names.ts";
import { CopyButton } from "./copy-button.tsx";

/** The two products whose gateways know devices, by the names of their programs. */
export type GatewayProgram = "openclaw" | "clawdbot";

/** A div element's own props, and what to type. */
export interface PairingHelpProps extends ComponentPropsWithoutRef<"div"> {
  /** The request that waits for approval; `null` when the gateway has not named it. */
  readonly requestId: string | null;
  /** Whose commands are shown. Default: both, since a gateway that wants pairing does not say which one it is. */
  readonly programs?: readonly GatewayProgram[];
}

const PROGRAMS: readonly GatewayProgram[] = ["openclaw", "clawdbot"];
const PRODUCTS: Readonly<Record<GatewayProgram, string>> = { openclaw: "OpenClaw", clawdbot: "Clawdbot" };

/**
 * The command that lists or approves a request, the same in both products but for the program's name.
 *
 * @param requestId `null`: nobody named it, so it is looked up
 *
 * @example
 * ```ts
 * import { pairingCommand } from "@automna/react";
 *
 * pairingCommand("6f2c"); // "openclaw devices approve 6f2c"
 * pairingCommand(null, "clawdbot"); // "clawdbot devices list"
 * ```
 */
export function pairingCommand(requestId: string | null, program: GatewayProgram = "openclaw"): string {
  return requestId === null ? `${program} devices list` : `${program} devices approve ${requestId}`;
}

/**
 * What to type on the gateway's machine so that it lets this device in. {@link ConnectionBanner} shows it when it is wanted. Needs
 * no chat around it.
 *
 * @example
 * ```tsx
 * import { PairingHelp, useConnection } from "@automna/react";
 *
 * function Pairing() {
 *   const connection = useConnection();
 *   if (connection.status !== "pairing") return null;
 *   return <PairingHelp requestId={connection.requestId} programs={["openclaw"]} />;
 * }
 * ```
 */
export function PairingHelp({
  requestId,
  programs = PROGRAMS,
  className,
  ...rest
}: PairingHelpProps): ReactElement {
  const { connection } = useStrings();
  return (
    <div {...rest} className={classNames("automna-pairing", className)}>
      <span>{connection.pairingCommand}</span>
      {programs.map((program) => {
        const command = pairingCommand(requestId, program);
        return (
          <span key={program} className="automna-pairing-row">
            {programs.length > 1 && <span>{PRODUCTS[program]}:</span>}
            <code className="automna-pairing-command" dir="ltr">
              {command}
            </code>
            <CopyButton text={command} label={connection.copyRequestId} />
          </span>
        );
      })}
    </div>
  );
}
