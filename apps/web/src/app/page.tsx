import { headers } from "next/headers";
import Link from "next/link";
import { AgentState } from "../components/agent-state.tsx";
import { ControlUiLink } from "../components/control-ui-link.tsx";
import { webContext } from "../server/context.ts";
import styles from "./page.module.css";

export default async function LandingPage() {
  const { identify, gateways, launches, policy, product } = webContext();
  const requestHeaders = await headers();
  const identity = await identify(
    new Headers(requestHeaders),
    `${policy.originOf(requestHeaders.get("host") ?? undefined)}/`,
  );
  const view = identity && (await gateways.ensure(identity.clerkId));
  // The view holds the token; the page gets only what it shows.
  const agent =
    view?.status === "provisioning"
      ? { status: view.status, phase: view.phase }
      : view?.status === "failed"
        ? { status: view.status, reason: view.failure.message }
        : view && { status: view.status };
  return (
    <main className={styles.page}>
      <p className={styles.brand}>Automna</p>
      <h1 className={styles.title}>Your own AI agent, and a chat with it.</h1>
      <p className={styles.lead}>
        Automna runs an agent gateway that belongs to you alone, and keeps a conversation with it that
        survives lost connections, reloads and restarts.
      </p>
      <section className={styles.card} aria-labelledby="agent">
        <div>
          <h2 id="agent" className={styles.cardTitle}>
            Your agent
          </h2>
          {agent ? <AgentState agent={agent} product={product} /> : <p>Sign in to get one.</p>}
        </div>
        {view?.status === "ready" && launches.possible && product !== "demo" && (
          <ControlUiLink instanceId={view.instanceId} />
        )}
        <Link className={styles.action} href={agent ? "/chat" : "/sign-in"} prefetch={false}>
          {agent ? "Open the chat" : "Sign in"}
        </Link>
      </section>
      <ul className={styles.facts}>
        <li>
          <h2>Yours alone</h2>
          <p>One gateway for one person, with its own token and its own data.</p>
        </li>
        <li>
          <h2>Nothing lost, nothing twice</h2>
          <p>A message sent while the line is down arrives once, when the line is back.</p>
        </li>
        <li>
          <h2>Real gateways</h2>
          <p>Speaks to OpenClaw and Clawdbot as they are, without plugins or patches.</p>
        </li>
      </ul>
    </main>
  );
}
