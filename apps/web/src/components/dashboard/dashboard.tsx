"use client";

import Link from "next/link";
import { useEffect, useReducer, useState } from "react";
import { instance as instanceSchema } from "../../api/instance.ts";
import type { Usage } from "../../api/usage.ts";
import { type User, user as userSchema } from "../../api/user.ts";
import { type Answer, ask } from "../../browser/ask.ts";
import { createPulse } from "../../browser/pulse.ts";
import { reduceFeed, watchInstance } from "../../browser/instance-feed.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import { Button } from "../button.tsx";
import { FailureText } from "../failure-text.tsx";
import { Notice } from "../notice.tsx";
import { Actions } from "./actions.tsx";
import { AgentCard } from "./agent-card.tsx";
import styles from "./dashboard.module.css";
import { DeleteAgent } from "./delete-agent.tsx";
import { Facts } from "./facts.tsx";
import { LogCard } from "./log-card.tsx";
import { ModelKeyCard } from "./model-key-card.tsx";
import { UsageCard } from "./usage-card.tsx";

const AGAIN_MS = 3_000;

type Loaded = { readonly status: "loading" } | { readonly status: "answered"; readonly answer: Answer<User> };

export interface DashboardProps {
  /** The gateway's own pages can be opened here. */
  readonly controlUi: boolean;
  /** The usage of an agent that was not used yet. */
  readonly unused: Usage;
}

/** Everything about the person's own agent, and everything that they can do with it. */
export function Dashboard(props: DashboardProps) {
  const strings = useStrings();
  const [loaded, setLoaded] = useState<Loaded>({ status: "loading" });
  const [pulse] = useState(createPulse);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      const answer = await ask({ path: "/api/user", answer: userSchema, signal: leaving.signal }).catch(
        () => null,
      );
      if (!answer) return;
      setLoaded({ status: "answered", answer });
      // Without an agent it goes on looking: one may be made elsewhere, by a webhook or at the server's start. So it does
      // without a sign-in: right after one the browser may have asked too early.
      const settled = answer.kind === "ok" && answer.value.instance !== null;
      if (!settled) timer = setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    const unsubscribe = pulse.subscribe(() => void look());
    return () => {
      unsubscribe();
      leaving.abort();
      clearTimeout(timer);
    };
  }, [pulse]);

  if (loaded.status === "loading") return <Notice busy title={strings.agent.looking} />;
  const { answer } = loaded;
  if (answer.kind === "ok") {
    const { instance, modelKey } = answer.value;
    if (!instance || instance.state === "deleted") return <NoAgent deleted={instance} onMade={pulse.beat} />;
    return (
      <Watched key={instance.id} instance={instance} modelKey={modelKey} {...props} onDeleted={pulse.beat} />
    );
  }
  if (answer.kind === "problem" && answer.status === 401)
    return (
      <Notice title={strings.agent.signedOut}>
        <Link href="/sign-in" prefetch={false}>
          {strings.common.signIn}
        </Link>
      </Notice>
    );
  return <Notice title={strings.agent.notKnown}>{answerText(answer, strings)}</Notice>;
}

function NoAgent({ deleted, onMade }: { deleted: User["instance"]; onMade: () => void }) {
  const strings = useStrings();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    const answer = await ask({ method: "POST", path: "/api/deploy", answer: instanceSchema });
    setBusy(false);
    if (answer.kind === "ok") onMade();
    else setProblem(answerText(answer, strings));
  };
  return (
    <div className={styles.empty}>
      <h1>{strings.dashboard.none}</h1>
      <p>{strings.dashboard.noneText}</p>
      {deleted?.failure && (
        <p>
          <FailureText failure={deleted.failure} />
        </p>
      )}
      <Button tone="main" disabled={busy} onClick={() => void make()}>
        {strings.dashboard.create}
      </Button>
      <p role="alert">{problem}</p>
    </div>
  );
}

interface WatchedProps extends DashboardProps {
  readonly instance: NonNullable<User["instance"]>;
  readonly modelKey: User["modelKey"];
  readonly onDeleted: () => void;
}

function Watched({ instance, modelKey, controlUi, unused, onDeleted }: WatchedProps) {
  const { dashboard } = useStrings();
  const [view, tell] = useReducer(reduceFeed, instance, (first) => ({
    instance: first,
    heardAt: Date.now(),
    told: 0,
    lines: [],
    live: true,
  }));
  useEffect(() => watchInstance(instance.id, tell), [instance.id]);
  const answered = (changed: WatchedProps["instance"]) =>
    tell({ kind: "answer", instance: changed, at: Date.now(), askedAfter: view.told });
  const gone = view.instance.state === "deleted";
  useEffect(() => {
    if (gone) onDeleted();
  }, [gone, onDeleted]);
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>{dashboard.title}</h1>
      <AgentCard instance={view.instance} heardAt={view.heardAt} live={view.live} />
      <Actions instance={view.instance} controlUi={controlUi} onChanged={answered} />
      <Facts instance={view.instance} />
      <UsageCard unused={unused} scripted={view.instance.product === "demo"} />
      <ModelKeyCard first={modelKey} />
      <LogCard lines={view.lines} />
      <DeleteAgent onChanged={answered} />
    </div>
  );
}
