import type { CapacityError, FailureCode } from "@automna/control-plane";
import type { Instance } from "../api/instance.ts";
import type { ScreenStep } from "../components/remote-cli/screen-progress.ts";
import type { ProvisioningPhase } from "../server/gateways.ts";

/** Codes of problems that people meet on pages, and of failures of their agents. */
type ProblemCode =
  | FailureCode
  | CapacityError["code"]
  | "signed-out"
  | "identity-deleted"
  | "not-found"
  | "not-understood"
  | "too-large"
  | "too-many-requests"
  | "rate-limited"
  | "origin-not-allowed"
  | "no-instance-origin"
  | "instance-not-found"
  | "approval-refused"
  | "app-device-unreadable"
  | "unavailable";

/** Everything that the app's pages say, in one language. Plain data; `{name}` marks what is filled in. */
export interface Strings {
  /** BCP 47 tag, for `lang`, dates and numbers. */
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  readonly common: {
    readonly home: string;
    readonly chat: string;
    readonly dashboard: string;
    readonly operation: string;
    readonly signIn: string;
    readonly signOut: string;
    readonly signUp: string;
    readonly tryAgain: string;
    readonly cancel: string;
    readonly unreachable: string;
    readonly notUnderstood: string;
    readonly answeredWith: string;
    readonly product: Readonly<Record<Instance["product"], string>>;
  };
  readonly banner: {
    readonly label: string;
    readonly localTitle: string;
    readonly local: string;
    readonly demoTitle: string;
    readonly demo: string;
    readonly demoRest: string;
  };
  readonly landing: {
    readonly description: string;
    readonly title: string;
    readonly lead: string;
    readonly yourAgent: string;
    readonly signInToGetOne: string;
    readonly openChat: string;
    readonly aloneTitle: string;
    readonly alone: string;
    readonly onceTitle: string;
    readonly once: string;
    readonly realTitle: string;
    readonly real: string;
  };
  readonly notFound: { readonly title: string; readonly back: string };
  readonly broken: { readonly title: string; readonly text: string; readonly databaseAway: string };
  readonly agent: {
    readonly state: Readonly<Record<Instance["state"], string>>;
    readonly looking: string;
    readonly starting: string;
    readonly doesNotRun: string;
    /** The server could not say how it is. */
    readonly notKnown: string;
    readonly signedOut: string;
    readonly signedOutText: string;
    readonly appWaits: string;
    readonly newDevice: string;
    readonly forSeconds: string;
    readonly phase: Readonly<Record<ProvisioningPhase, string>>;
  };
  readonly dashboard: {
    readonly title: string;
    readonly none: string;
    readonly noneText: string;
    readonly create: string;
    readonly live: string;
    readonly notLive: string;
    readonly rotating: string;
    readonly upgrading: string;
    readonly retryAt: string;
    readonly stopReason: Readonly<Record<"owner" | "idle" | "operator", string>>;
    readonly actions: string;
    readonly openChat: string;
    readonly openPages: string;
    readonly wake: string;
    readonly stop: string;
    readonly restart: string;
    readonly upgrade: string;
    readonly rotate: string;
    readonly rotateHelp: string;
    readonly done: Readonly<Record<"wake" | "stop" | "restart" | "upgrade" | "rotate" | "delete", string>>;
    readonly facts: string;
    readonly readySince: string;
    readonly lastActivity: string;
    readonly never: string;
    readonly created: string;
    readonly runsAs: string;
    readonly driver: Readonly<Record<Instance["driver"], string>>;
    readonly image: string;
    readonly limits: string;
    readonly noLimits: string;
    readonly memory: string;
    readonly cpus: string;
    readonly processes: string;
    readonly disk: string;
    readonly cost: string;
    readonly costIdle: string;
    readonly costActive: string;
    readonly costNote: string;
    readonly modelKey: string;
    readonly modelKeyText: string;
    readonly modelKeyKept: string;
    readonly modelKeyNone: string;
    readonly provider: string;
    readonly apiKey: string;
    readonly model: string;
    readonly modelHelp: string;
    readonly saveKey: string;
    readonly forgetKey: string;
    readonly keySaved: string;
    readonly keyForgotten: string;
    readonly log: string;
    readonly logEmpty: string;
    readonly danger: string;
    readonly delete: string;
    readonly deleteText: string;
    readonly deleteConfirm: string;
    readonly deleteType: string;
    readonly deleteWord: string;
    readonly deletedUntil: string;
  };
  /** What an agent used of the operator's model. */
  readonly usage: {
    readonly title: string;
    readonly today: string;
    readonly month: string;
    readonly tokens: string;
    readonly parts: string;
    readonly answers: string;
    readonly cost: string;
    readonly budget: string;
    readonly budgetUsedUp: string;
    readonly budgetLeft: string;
    readonly operatorsKey: string;
    readonly ownKey: string;
  };
  /** What the server says of what went wrong, by its code. */
  readonly problem: Readonly<Record<ProblemCode, string>>;
  readonly remote: {
    readonly title: string;
    readonly heading: string;
    readonly lead: string;
    readonly connect: string;
    readonly looking: string;
    readonly signedOutText: string;
    readonly listFailed: string;
    readonly none: string;
    readonly noneText: string;
    readonly connecting: string;
    readonly reconnecting: string;
    readonly doesNotAnswer: string;
    readonly connected: string;
    readonly disconnect: string;
    readonly screenOf: string;
    readonly step: Readonly<Record<ScreenStep, string>>;
    readonly missing: Readonly<Record<Exclude<ScreenStep, "shown">, string>>;
    readonly usual: string;
    readonly lost: string;
    readonly longer: string;
    readonly askOperator: string;
    readonly gone: string;
    readonly goneText: string;
    readonly chooseAnother: string;
    readonly password: string;
    readonly wrongPassword: string;
    readonly continue: string;
  };
  readonly admin: {
    readonly title: string;
    readonly notYours: string;
    readonly notYoursText: string;
    readonly capacity: string;
    readonly running: string;
    readonly ofLimit: string;
    readonly ready: string;
    readonly stopped: string;
    readonly failed: string;
    readonly pooled: string;
    readonly queue: string;
    readonly queueNumbers: string;
    readonly queueEmpty: string;
    readonly failures: string;
    readonly failuresNone: string;
    readonly usage: string;
    readonly budget: string;
    readonly noBudget: string;
    readonly instances: string;
    readonly instancesNone: string;
    readonly audit: string;
    readonly auditNone: string;
    readonly older: string;
    readonly refresh: string;
    readonly column: Readonly<
      Record<
        | "instance"
        | "owner"
        | "state"
        | "phase"
        | "since"
        | "attempt"
        | "problem"
        | "created"
        | "activity"
        | "time"
        | "actor"
        | "action"
        | "detail",
        string
      >
    >;
    readonly pool: string;
  };
}
