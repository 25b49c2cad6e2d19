import type { MessageError, MessageStatus, WaitReason } from "@automna/client";
import type { AdviceCode } from "@automna/protocol";

import type { MarkdownLabels } from "../markdown/index.ts";

/** A phrase that depends on a number; `other` is the rest. `{count}` stands for the number. */
export type Plural = { readonly [Rule in Intl.LDMLPluralRule]?: string } & { readonly other: string };

/** Everything that the components say, in one language. `{name}` marks what is filled in. */
export interface Strings {
  /** BCP 47 tag, for dates, numbers and plural rules. */
  readonly locale: string;
  /** Where lines begin. */
  readonly direction: "ltr" | "rtl";
  readonly chat: {
    readonly label: string;
    readonly conversation: string;
    readonly you: string;
    readonly assistant: string;
    readonly system: string;
    /** `{who}`, `{time}` */
    readonly messageBy: string;
    readonly emptyTitle: string;
    readonly emptyText: string;
    readonly loading: string;
    readonly loadFailed: string;
    readonly tryAgain: string;
    readonly loadOlder: string;
    readonly loadingOlder: string;
    readonly beginning: string;
    /** Above the first message that is here, where the gateway shows none before it. */
    readonly cut: string;
    readonly showAll: string;
    readonly dismiss: string;
    /** In the place of a message that broke, and of a request whose card could not be loaded. */
    readonly cannotShow: string;
    readonly brokenChat: string;
    readonly jumpToLatest: string;
    readonly newMessages: Plural;
    readonly unread: string;
    readonly today: string;
    readonly yesterday: string;
    readonly thinking: string;
    readonly close: string;
  };
  readonly composer: {
    readonly label: string;
    readonly placeholder: string;
    readonly offlinePlaceholder: string;
    readonly send: string;
    readonly stop: string;
    readonly attach: string;
    /** `{name}` */
    readonly removeAttachment: string;
    readonly attachments: string;
    readonly dropHere: string;
    /** `{name}` */
    readonly unreadable: string;
    /** `{name}`, `{size}`, `{max}` */
    readonly tooLarge: string;
    /** `{name}` */
    readonly onlyPictures: string;
    /** `{name}` */
    readonly tooMuchTogether: string;
    /** `{max}` */
    readonly tooLong: string;
    readonly outboxFull: string;
    readonly editing: string;
    readonly cancelEdit: string;
    readonly commands: string;
    readonly hint: string;
  };
  readonly message: {
    readonly status: Readonly<Record<MessageStatus, string>>;
    readonly error: Readonly<Record<MessageError["kind"], string>>;
    readonly unconfirmedHelp: string;
    readonly retry: string;
    readonly discard: string;
    readonly copy: string;
    readonly copied: string;
    readonly copyFailed: string;
    readonly regenerate: string;
    readonly edit: string;
    readonly actions: string;
    readonly image: string;
    readonly file: string;
    readonly compaction: string;
    readonly reset: string;
    /** `{input}`, `{output}`: tokens */
    readonly usage: string;
    /** `{cost}`: an amount with its currency */
    readonly cost: string;
  };
  readonly tool: {
    readonly running: string;
    readonly done: string;
    readonly error: string;
    readonly arguments: string;
    readonly result: string;
    readonly noResult: string;
  };
  readonly reasoning: { readonly active: string; readonly done: string };
  readonly approval: {
    readonly region: string;
    readonly exec: string;
    readonly plugin: string;
    /** Where it is to run. */
    readonly host: string;
    /** The folder in which it is to run. */
    readonly cwd: string;
    readonly allowOnce: string;
    readonly allowAlways: string;
    readonly deny: string;
    readonly resolving: string;
    /** The sign-in lacks the right to answer. */
    readonly cannotAnswer: string;
    /** `{time}` */
    readonly expires: string;
  };
  readonly question: {
    readonly region: string;
    readonly title: string;
    readonly other: string;
    readonly answer: string;
    readonly skip: string;
    /** The sign-in lacks the right to answer. */
    readonly cannotAnswer: string;
  };
  readonly sessions: {
    readonly label: string;
    readonly open: string;
    readonly create: string;
    readonly rename: string;
    readonly newName: string;
    readonly reset: string;
    readonly confirmReset: string;
    readonly delete: string;
    readonly confirmDelete: string;
    readonly cancel: string;
    readonly save: string;
    readonly untitled: string;
    readonly main: string;
    readonly unread: string;
    readonly running: string;
    readonly none: string;
    readonly loading: string;
    readonly failed: string;
    /** Loads those that the list has not shown yet. */
    readonly more: string;
    /** `{title}` */
    readonly actions: string;
  };
  readonly settings: {
    readonly model: string;
    readonly defaultModel: string;
    readonly thinking: string;
    readonly defaultThinking: string;
    readonly level: Readonly<Record<string, string>>;
  };
  readonly find: {
    readonly open: string;
    readonly label: string;
    readonly placeholder: string;
    readonly previous: string;
    readonly next: string;
    /** `{index}`, `{count}` */
    readonly position: string;
    readonly nothing: string;
    /** Only loaded messages are searched; this loads more. */
    readonly searchEarlier: string;
    readonly searchingEarlier: string;
  };
  readonly connection: {
    readonly idle: string;
    readonly connecting: string;
    readonly reconnecting: string;
    readonly authenticating: string;
    readonly ready: string;
    readonly closed: string;
    /** `{time}` */
    readonly retryIn: string;
    readonly reconnect: string;
    readonly failed: string;
    readonly pairingTitle: string;
    readonly pairingHelp: string;
    readonly pairingCommand: string;
    readonly copyRequestId: string;
    readonly checkNow: string;
    /** `null`: in English the client speaks for itself, with details that a translation by code cannot have. */
    readonly advice: Readonly<Record<AdviceCode | WaitReason["code"], string>> | null;
  };
  readonly announce: {
    readonly started: string;
    /** `{text}` */
    readonly finished: string;
    readonly aborted: string;
    /** `{text}` */
    readonly failed: string;
  };
  readonly markdown: MarkdownLabels;
}
