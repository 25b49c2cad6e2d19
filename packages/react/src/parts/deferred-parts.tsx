"use client";

import type { MarkdownProps } from "../markdown/markdown.tsx";
import { useStrings } from "../i18n/language.tsx";
import type { Strings } from "../i18n/strings.ts";
import { fetchAhead } from "../runtime/fetch-ahead.ts";
import { loadShowMessage } from "../scroll/use-show-message.ts";
import type { ApprovalCardProps } from "./approval-card.tsx";
import type { AttachmentTrayProps } from "./attachment-tray.tsx";
import type { ComposerProblemsProps } from "./composer-problems.tsx";
import { deferred, type StandInProps } from "./deferred.tsx";
import { FileView } from "./file-view.tsx";
import type { ImageViewProps } from "./image-view.tsx";
import type { NoticeProps } from "./notice.tsx";
import { PlainText } from "./plain-text.tsx";
import type { QuestionCardProps } from "./question-card.tsx";
import { Trouble } from "./trouble.tsx";

/** Fetched while the chat connects; a text that comes earlier, or without a network, is shown as it was written. */
export const MessageMarkdown = deferred(
  async () => (await import("../markdown/markdown.tsx")).Markdown,
  ({ text }: MarkdownProps) => <PlainText text={text} />,
);

const loadRehearsal = async () => (await import("./rehearsal.tsx")).Rehearsal;

/** Not before the markdown, which it has rehearsed. */
export const Rehearsal = deferred(async () => {
  const [part] = await Promise.all([loadRehearsal(), MessageMarkdown.load()]);
  return part;
});

/** The picture's name until then. */
export const ImageView = deferred(
  async () => (await import("./image-view.tsx")).ImageView,
  ({ image }: ImageViewProps) => <FileView fileName={image.fileName} mimeType={image.mimeType} />,
);

/** The files' names until then. */
export const AttachmentTray = deferred(
  async () => (await import("./attachment-tray.tsx")).AttachmentTray,
  ({ attachments }: AttachmentTrayProps) =>
    attachments.map((attachment, index) => <FileView key={index} {...attachment} />),
);

/** The sentences alone until then. */
export const ComposerProblems = deferred(
  async () => (await import("./composer-problems.tsx")).ComposerProblems,
  ({ problems }: ComposerProblemsProps) => problems.join(" "),
);

/** What a chat shows only when somebody asks for it, or when its gateway does. */
export const FindBar = deferred(async () => (await import("./find-bar.tsx")).FindBar);
export const SessionList = deferred(async () => (await import("./session-list.tsx")).SessionList);
export const RunSettings = deferred(async () => (await import("./run-settings.tsx")).RunSettings);
export const MessageEditor = deferred(async () => (await import("./message-editor.tsx")).MessageEditor);
/** What waits for the person is told, though how to answer it is not here. */
function waiting<Props extends object>(textOf: (words: Strings, props: Props) => string) {
  return function Waiting(props: Props & StandInProps) {
    const words = useStrings();
    return (
      <div className="automna-approval">
        {textOf(words, props)}
        {props.onRetry && <Trouble title={words.chat.cannotShow} onRetry={props.onRetry} />}
      </div>
    );
  };
}

export const ApprovalCard = deferred(
  async () => (await import("./approval-card.tsx")).ApprovalCard,
  waiting((words, { approval }: ApprovalCardProps) => words.approval[approval.kind]),
);
export const QuestionCard = deferred(
  async () => (await import("./question-card.tsx")).QuestionCard,
  waiting<QuestionCardProps>((words) => words.question.title),
);
/** The sentence alone until then. */
export const Notice = deferred(
  async () => (await import("./notice.tsx")).Notice,
  ({ notice }: NoticeProps) => notice.message,
);
export const PairingHelp = deferred(async () => (await import("./pairing-help.tsx")).PairingHelp);
export const SlashCommandMenu = deferred(
  async () => (await import("./slash-command-menu.tsx")).SlashCommandMenu,
);
export const JumpToLatest = deferred(async () => (await import("./jump-to-latest.tsx")).JumpToLatest);
export const ShowAll = deferred(async () => (await import("./show-all.tsx")).ShowAll);
export const ToolDetails = deferred(async () => (await import("./tool-details.tsx")).ToolDetails);
/** There is nothing to announce before the first reply. */
export const Announcer = deferred(async () => (await import("../announce/announcer.tsx")).Announcer);

const PARTS = [
  MessageMarkdown,
  ImageView,
  FindBar,
  SessionList,
  RunSettings,
  MessageEditor,
  ApprovalCard,
  QuestionCard,
  Notice,
  PairingHelp,
  AttachmentTray,
  ComposerProblems,
  SlashCommandMenu,
  JumpToLatest,
  ShowAll,
  ToolDetails,
  Announcer,
  { load: loadShowMessage },
];

/** Fetches all of them. What fails is fetched again when it is shown. */
export async function loadDeferredParts(): Promise<void> {
  await Promise.allSettled(PARTS.map(({ load }) => load()));
}

/** Fetches them when the page has nothing else to do. */
export function loadDeferredPartsWhenIdle(): () => void {
  return fetchAhead(loadDeferredParts);
}
