export * from "./headless.ts";
export { ApprovalCard, type ApprovalCardProps } from "./parts/approval-card.tsx";
export { Approvals } from "./parts/approvals.tsx";
export { AutomnaChat, type AutomnaChatProps, type ChatAppearance } from "./parts/automna-chat.tsx";
export { ChatHeader, type ChatHeaderProps } from "./parts/chat-header.tsx";
export { Composer, type ComposerProps } from "./parts/composer.tsx";
export { useConnectionNotice } from "./connection/use-connection-notice.ts";
export { ConnectionBanner } from "./parts/connection-banner.tsx";
export { ConnectionDot } from "./parts/connection-dot.tsx";
export { JumpToLatest } from "./parts/jump-to-latest.tsx";
export { MessageView } from "./parts/message-row.tsx";
export { NoticeBar } from "./parts/notice-bar.tsx";
export {
  PairingHelp,
  pairingCommand,
  type GatewayProgram,
  type PairingHelpProps,
} from "./parts/pairing-help.tsx";
export { QuestionCard, type QuestionCardProps } from "./parts/question-card.tsx";
export { Questions } from "./parts/questions.tsx";
export { Reasoning, type ReasoningProps } from "./parts/reasoning.tsx";
export { Thread, type ThreadProps } from "./parts/thread.tsx";
export { ToolCall, type ToolCallProps } from "./parts/tool-call.tsx";
export { Announcer } from "./announce/announcer.tsx";
export {
  ThreadScrollProvider,
  type ThreadScrollProviderProps,
  useThreadScroll,
  useThreadScrollState,
} from "./scroll/thread-scroll-context.tsx";
export type { ThreadScrollState } from "./scroll/shown-state.ts";
export { ThreadScroll, type ShowOptions } from "./scroll/thread-scroll.ts";
export type { LocateInMessage, TextGroups } from "./scroll/text-groups.ts";
export type { AwayRow } from "./scroll/row-window.ts";
export type { RowRange } from "./scroll/row-range.ts";
export type { GroupRange, TextWindow } from "./markdown/text-window.ts";
export {
  Markdown,
  MarkdownConfigProvider,
  type MarkdownConfig,
  type MarkdownProps,
} from "./markdown/index.ts";
export { FindBar, type FindBarProps } from "./parts/find-bar.tsx";
export { MessageRow, type MessageRowProps } from "./parts/message-row.tsx";
export { RunSettings, useModels } from "./parts/run-settings.tsx";
export { SessionList, type SessionListProps } from "./parts/session-list.tsx";
export { AttachmentTray, type AttachmentTrayProps } from "./parts/attachment-tray.tsx";
export { EmptyThread } from "./parts/empty-thread.tsx";
export { useShowMessage } from "./scroll/use-show-message.ts";
