export { runtimeOf, createChatRuntime, type ChatRuntime, type CreateStore } from "./runtime/chat-runtime.ts";
export {
  useApprovals,
  useCapabilities,
  useChatActions,
  useChatState,
  useConnection,
  useHistory,
  useIsRunning,
  useMessage,
  useMessageIds,
  useNotice,
  useOutbox,
  useQuestions,
  useQuietState,
  useRuns,
  useSessionKey,
  useSessions,
} from "./runtime/chat-hooks.ts";
export {
  ChatProvider,
  MissingChatError,
  useChatRuntime,
  type ChatProviderProps,
} from "./runtime/provider.tsx";
export { useClawdbotRuntime, type ClawdbotRuntimeOptions } from "./runtime/use-clawdbot-runtime.ts";
export { useComposer, type Composer as ComposerState } from "./composer/use-composer.ts";
export type { PrepareFile } from "./composer/read-files.ts";
export type { TrayFile } from "./composer/tray.ts";
export {
  composerCommand,
  isForInputMethod,
  type ComposerCommand,
  type KeyPress,
} from "./composer/composer-keys.ts";
export { memoryDrafts, tabDrafts, type Drafts } from "./composer/drafts.ts";
export {
  describeConnection,
  formatSeconds,
  secondsUntil,
  type ConnectionNotice,
} from "./connection/describe-connection.ts";
export { LanguageProvider, useStrings, type LanguageProviderProps } from "./i18n/language.tsx";
export { en } from "./i18n/en.ts";
export type { Plural, Strings } from "./i18n/strings.ts";
export { useSlashCommands, type SlashMenu } from "./composer/use-slash-commands.ts";
export { findMessages } from "./find/find-messages.ts";
