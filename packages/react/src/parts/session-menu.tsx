"use client";

import type { SessionSummary } from "@automna/client";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";

import { isForInputMethod } from "../composer/composer-keys.ts";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useChatActions, useQuietState } from "../runtime/chat-hooks.ts";
import { selectMainSessionKey } from "../runtime/main-session.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { LateIcon } from "./late-icons.tsx";

type Choice = "rename" | "reset" | "delete";

type Step = "closed" | "choose" | Choice;

export interface SessionMenuProps {
  readonly session: Pick<SessionSummary, "key">;
  readonly title: string;
}

/** Rename, reset and delete, each asked for before it is done. A disclosure: it opens in the flow of the list. */
export function SessionMenu({ session, title }: SessionMenuProps): ReactElement | null {
  const { sessions: words } = useStrings();
  const choices = useChoices(session);
  const [step, setStep] = useState<Step>("closed");
  const toggle = useRef<HTMLButtonElement>(null);
  const close = () => {
    setStep("closed");
    toggle.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || step === "closed") return;
    event.stopPropagation();
    if (!isForInputMethod(event.nativeEvent)) close();
  };
  if (choices.length === 0) return null;
  return (
    // The keys of what is inside are watched, the element itself is none to interact with.
    <div className="automna-session-menu" role="presentation" onKeyDown={onKeyDown}>
      <button
        ref={toggle}
        type="button"
        className="automna-icon-button"
        data-size="small"
        aria-expanded={step !== "closed"}
        aria-label={fill(words.actions, { title })}
        title={fill(words.actions, { title })}
        onClick={() => setStep(step === "closed" ? "choose" : "closed")}
      >
        <LateIcon name="menu" />
      </button>
      {step !== "closed" && (
        <div className="automna-session-panel">
          {step === "choose" && <Choices choices={choices} onChoose={setStep} />}
          {step === "rename" && <Rename session={session} title={title} onDone={close} />}
          {(step === "reset" || step === "delete") && (
            <Confirm session={session} step={step} onDone={close} />
          )}
        </div>
      )}
    </div>
  );
}

function useFocusOnMount<Element extends HTMLElement>() {
  const ref = useRef<Element>(null);
  useEffect(() => ref.current?.focus(), []);
  return ref;
}

/** What the gateway lets this person do with a session. It keeps its main one. */
function useChoices({ key }: Pick<SessionSummary, "key">): readonly Choice[] {
  const { canRename, canReset, canDelete } = useCapabilities() ?? {};
  const isMain = useQuietState(selectMainSessionKey) === key;
  return [
    ...(canRename === true ? (["rename"] as const) : []),
    ...(canReset === true ? (["reset"] as const) : []),
    ...(canDelete === true && !isMain ? (["delete"] as const) : []),
  ];
}

interface ChoicesProps {
  readonly choices: readonly Choice[];
  readonly onChoose: (step: Step) => void;
}

function Choices({ choices, onChoose }: ChoicesProps): ReactElement {
  const { sessions: words } = useStrings();
  const first = useFocusOnMount<HTMLButtonElement>();
  return (
    <div className="automna-row-buttons">
      {choices.map((choice, index) => (
        <button
          key={choice}
          ref={index === 0 ? first : undefined}
          type="button"
          className="automna-button"
          data-size="small"
          data-look={choice === "delete" ? "danger" : undefined}
          onClick={() => onChoose(choice)}
        >
          {words[choice]}
        </button>
      ))}
    </div>
  );
}

interface DialogProps {
  readonly session: Pick<SessionSummary, "key">;
  readonly onDone: () => void;
}

function Rename({ session, title, onDone }: DialogProps & { readonly title: string }): ReactElement {
  const { sessions: words } = useStrings();
  const { renameSession } = useChatActions();
  const [name, setName] = useState(title);
  const input = useFocusOnMount<HTMLInputElement>();
  return (
    <form
      className="automna-session-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") toldByNotice(renameSession(session.key, name.trim()));
        onDone();
      }}
    >
      <input
        ref={input}
        className="automna-input"
        dir="auto"
        aria-label={words.newName}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div className="automna-row-buttons">
        <button type="submit" className="automna-button" data-look="primary" data-size="small">
          {words.save}
        </button>
        <button type="button" className="automna-button" data-look="quiet" data-size="small" onClick={onDone}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

function Confirm({
  session,
  step,
  onDone,
}: DialogProps & { readonly step: "reset" | "delete" }): ReactElement {
  const { sessions: words } = useStrings();
  const { resetSession, deleteSession } = useChatActions();
  const cancel = useFocusOnMount<HTMLButtonElement>();
  return (
    <div role="alertdialog" aria-label={step === "reset" ? words.confirmReset : words.confirmDelete}>
      <p className="automna-session-question">
        {step === "reset" ? words.confirmReset : words.confirmDelete}
      </p>
      <div className="automna-row-buttons">
        <button
          type="button"
          className="automna-button"
          data-look="danger"
          data-size="small"
          onClick={() => {
            toldByNotice(step === "reset" ? resetSession(session.key) : deleteSession(session.key));
            onDone();
          }}
        >
          {step === "reset" ? words.reset : words.delete}
        </button>
        <button
          ref={cancel}
          type="button"
          className="automna-button"
          data-look="quiet"
          data-size="small"
          onClick={onDone}
        >
          {words.cancel}
        </button>
      </div>
    </div>
  );
}
