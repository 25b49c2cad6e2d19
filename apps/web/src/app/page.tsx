import Link from "next/link";
import { AgentState } from "../components/agent-state.tsx";
import { ControlUiLink } from "../components/control-ui-link.tsx";
import { problemText } from "../components/problem-text.ts";
import { SignedInHeader } from "../components/signed-in-header.tsx";
import { requestStrings } from "../i18n/request-strings.ts";
import { webContext } from "../server/context.ts";
import { instanceView } from "../server/instance-view.ts";
import { visitor } from "../server/visitor.ts";
import styles from "./page.module.css";

export default async function LandingPage() {
  const strings = await requestStrings();
  const { landing, common, dashboard } = strings;
  const agent = await agentHere();
  const next =
    agent === null
      ? { href: "/sign-in", label: common.signIn }
      : agent.kind === "deleted"
        ? { href: "/dashboard", label: common.dashboard }
        : { href: "/chat", label: landing.openChat };
  return (
    <>
      {agent && <SignedInHeader />}
      <main className={styles.page}>
        {!agent && <p className={styles.brand}>Automna</p>}
        <h1 className={styles.title}>{landing.title}</h1>
        <p className={styles.lead}>{landing.lead}</p>
        <section className={styles.card} aria-labelledby="agent">
          <div>
            <h2 id="agent" className={styles.cardTitle}>
              {landing.yourAgent}
            </h2>
            {!agent && <p>{landing.signInToGetOne}</p>}
            {agent?.kind === "refused" && <p role="status">{problemText(agent.refusal, strings)}</p>}
            {agent?.kind === "made" && <AgentState {...agent.shown} />}
            {agent?.kind === "deleted" && <p>{dashboard.none}</p>}
          </div>
          {agent?.kind === "made" && agent.hasPages && <ControlUiLink instanceId={agent.id} />}
          <Link className={styles.action} href={next.href} prefetch={false}>
            {next.label}
          </Link>
        </section>
        <ul className={styles.facts}>
          <li>
            <h2>{landing.aloneTitle}</h2>
            <p>{landing.alone}</p>
          </li>
          <li>
            <h2>{landing.onceTitle}</h2>
            <p>{landing.once}</p>
          </li>
          <li>
            <h2>{landing.realTitle}</h2>
            <p>{landing.real}</p>
          </li>
        </ul>
      </main>
    </>
  );
}

/**
 * What this page shows of the visitor's agent, which is made at the first visit; one that sleeps is let sleep, and who has
 * deleted theirs is not given another one unasked.
 */
async function agentHere() {
  const identity = await visitor();
  if (!identity) return null;
  const { gateways, launches } = webContext();
  const given = await gateways.provideFirstOrSayWhy(identity.clerkId);
  if ("refusal" in given) return { kind: "refused", refusal: given.refusal } as const;
  if (!given.instance) return { kind: "deleted" } as const;
  const { id, state, product, phase, failure } = instanceView(given.instance, Date.now(), null);
  return {
    kind: "made",
    id,
    hasPages: state === "ready" && product !== "demo" && launches.possible,
    shown: { state, product, phase: phase?.name ?? null, problem: failure?.message ?? null },
  } as const;
}
