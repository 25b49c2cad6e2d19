"use client";

import type { ModelChoice, SessionSummary } from "@automna/client";
import { useEffect, useState, type ComponentPropsWithoutRef, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import {
  useCapabilities,
  useChatActions,
  useConnection,
  useSessionKey,
  useSessions,
} from "../runtime/chat-hooks.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";
import { classNames } from "./class-names.ts";

/**
 * The gateway's models, fetched once for each connection that can switch them; none before, and where the person may not.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useChatActions, useModels } from "@automna/react";
 *
 * function Models() {
 *   const { setModel } = useChatActions();
 *   return useModels().map(({ id, name }) => (
 *     <button key={id} onClick={() => setModel(id).catch(console.error)}>{name}</button>
 *   ));
 * }
 * ```
 */
export function useModels(): readonly ModelChoice[] {
  const { listModels } = useChatActions();
  const can = useCapabilities()?.canPatchModel === true;
  const connected = useConnection().status === "ready";
  const [models, setModels] = useState<readonly ModelChoice[]>([]);
  useEffect(() => {
    if (!can || !connected) return undefined;
    let wanted = true;
    listModels().then(
      (found) => wanted && setModels(found),
      // The list is an offer: without it, the session keeps its model.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [can, connected, listModels]);
  return can ? models : [];
}

function useCurrentSession(): SessionSummary | undefined {
  const list = useSessions();
  const key = useSessionKey();
  return list.status === "none" ? undefined : list.items.find((session) => session.key === key);
}

// The client puts the provider before the id; an own store may not.
const nameOf = ({ provider, id }: ModelChoice) => (id.startsWith(`${provider}/`) ? id : `${provider}/${id}`);
const matches = (model: ModelChoice, name: string) => nameOf(model) === name || model.id === name;

/**
 * Which model answers in the open session, and how long it thinks. Nothing where the gateway offers no choice. {@link Composer} has
 * it already. Takes the props of a `div`.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { ChatHeader, RunSettings } from "@automna/react";
 *
 * const Header = () => <ChatHeader title="Support"><RunSettings /></ChatHeader>;
 * ```
 */
export function RunSettings(props: ComponentPropsWithoutRef<"div">): ReactElement | null {
  const models = useModels();
  return models.length === 0 ? null : <Pickers {...props} models={models} />;
}

function Pickers({
  models,
  className,
  ...rest
}: ComponentPropsWithoutRef<"div"> & { readonly models: readonly ModelChoice[] }): ReactElement {
  const session = useCurrentSession();
  const { settings: words } = useStrings();
  const { setModel, setThinking } = useChatActions();
  const chosen = session?.model ?? null;
  const current = chosen === null ? undefined : models.find((model) => matches(model, chosen));
  const levels = (current ?? models[0])?.thinkingLevels ?? [];
  return (
    <div {...rest} className={classNames("automna-run-settings", className)}>
      <Picker
        label={words.model}
        none={words.defaultModel}
        value={current ? nameOf(current) : ""}
        choices={models.map((model) => [nameOf(model), model.name])}
        onChoose={(model) => toldByNotice(setModel(model))}
      />
      {levels.length > 0 && (
        <Picker
          label={words.thinking}
          none={words.defaultThinking}
          value={session?.thinkingLevel ?? ""}
          choices={levels.map((level) => [level, words.level[level] ?? level])}
          onChoose={(level) => toldByNotice(setThinking(level))}
        />
      )}
    </div>
  );
}

interface PickerProps {
  readonly label: string;
  readonly none: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
  readonly onChoose: (value: string | null) => void;
}

function Picker({ label, none, value, choices, onChoose }: PickerProps): ReactElement {
  return (
    <label className="automna-picker" title={label}>
      <span className="automna-visually-hidden">{label}</span>
      <select
        className="automna-select"
        value={value}
        onChange={({ currentTarget }) => onChoose(currentTarget.value === "" ? null : currentTarget.value)}
      >
        <option value="">{label === none ? none : `${label}: ${none}`}</option>
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
