"use client";

import { type ReactNode, useCallback, useEffect, useState } from "react";
import {
  adminInstances,
  auditEvents,
  capacity as capacitySchema,
  failures as failuresSchema,
  queue as queueSchema,
} from "../../api/admin.ts";
import { usageOfAll } from "../../api/usage.ts";
import { createPulse } from "../../browser/pulse.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { answerText } from "../answer-text.ts";
import { Button } from "../button.tsx";
import { phaseText } from "../phase-text.ts";
import { Ago } from "../time.tsx";
import styles from "./admin.module.css";
import { AuditTable } from "./audit-table.tsx";
import { CapacityTiles } from "./capacity-tiles.tsx";
import { InstanceTable } from "./instance-table.tsx";
import { UsageSection } from "./usage-section.tsx";
import { type Page, useAnswer, usePages } from "./use-answer.ts";

const REFRESH_MS = 5_000;

/** How the whole installation does: for operators. */
export function Admin() {
  const strings = useStrings();
  const { admin } = strings;
  const [pulse] = useState(createPulse);
  useEffect(() => {
    const timer = setInterval(pulse.beat, REFRESH_MS);
    return () => clearInterval(timer);
  }, [pulse]);
  const capacity = useAnswer("/api/admin/capacity", capacitySchema, pulse);
  const queue = useAnswer("/api/admin/queue", queueSchema, pulse);
  const failures = useAnswer("/api/admin/failures", failuresSchema, pulse);
  const usage = useAnswer("/api/admin/usage", usageOfAll, pulse);
  const instances = usePages("/api/admin/instances", adminInstances, pulse);
  const audit = usePages("/api/admin/audit", auditEvents, pulse);
  const problem = [capacity, queue, failures, usage].find(
    (answer) => answer !== null && answer.kind !== "ok",
  );
  // What stands above a button must not come after it: it would move away from whoever presses it.
  const answered =
    [capacity, queue, failures, usage].every((answer) => answer !== null) &&
    [instances, audit].every(({ items, problem: refusal }) => items !== null || refusal !== null);

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{admin.title}</h1>
        <Button onClick={pulse.beat}>{admin.refresh}</Button>
      </header>
      {problem && (
        <p role="alert" className={styles.problem}>
          {answerText(problem, strings)}
        </p>
      )}
      <section aria-labelledby="capacity">
        <h2 id="capacity">{admin.capacity}</h2>
        {capacity?.kind === "ok" && <CapacityTiles capacity={capacity.value} />}
      </section>
      <section aria-labelledby="queue">
        <h2 id="queue">{admin.queue}</h2>
        {queue?.kind === "ok" && (
          <>
            <p>{fill(admin.queueNumbers, { waiting: queue.value.waiting, active: queue.value.active })}</p>
            {queue.value.unsettled.length === 0 ? (
              <p className={styles.note}>{admin.queueEmpty}</p>
            ) : (
              <ul className={styles.list}>
                {queue.value.unsettled.map(({ instanceId, phase, since, attempt }) => (
                  <li key={instanceId}>
                    <code>{instanceId}</code> {phase && phaseText(phase, strings.agent.phase)},{" "}
                    <Ago at={since} />, {admin.column.attempt} {attempt}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </section>
      <section aria-labelledby="failures">
        <h2 id="failures">{admin.failures}</h2>
        {failures?.kind === "ok" &&
          (failures.value.items.length === 0 ? (
            <p className={styles.note}>{admin.failuresNone}</p>
          ) : (
            <InstanceTable caption={admin.failures} items={failures.value.items} />
          ))}
      </section>
      <section aria-labelledby="usage">
        <h2 id="usage">{admin.usage}</h2>
        {usage?.kind === "ok" && <UsageSection usage={usage.value} />}
      </section>
      <section aria-labelledby="instances">
        <h2 id="instances">{admin.instances}</h2>
        <Listed page={instances} none={admin.instancesNone} pressable={answered}>
          {(items) => <InstanceTable caption={admin.instances} items={items} />}
        </Listed>
      </section>
      <section aria-labelledby="audit">
        <h2 id="audit">{admin.audit}</h2>
        <Listed page={audit} none={admin.auditNone} pressable={answered}>
          {(items) => <AuditTable caption={admin.audit} items={items} />}
        </Listed>
      </section>
    </div>
  );
}

interface ListedProps<Item> {
  readonly page: Page<Item>;
  readonly none: string;
  /** Older ones can be asked for, where there are any. */
  readonly pressable: boolean;
  readonly children: (items: readonly Item[]) => ReactNode;
}

function Listed<Item>({ page, none, pressable, children }: ListedProps<Item>) {
  const strings = useStrings();
  const [busy, setBusy] = useState(false);
  const { items, problem, more } = page;
  const older = useCallback(() => {
    setBusy(true);
    void more?.().finally(() => setBusy(false));
  }, [more]);
  return (
    <>
      {problem && (
        <p role="alert" className={styles.problem}>
          {answerText(problem, strings)}
        </p>
      )}
      {items && (items.length === 0 ? <p className={styles.note}>{none}</p> : children(items))}
      {more && pressable && (
        <Button disabled={busy} onClick={older}>
          {strings.admin.older}
        </Button>
      )}
    </>
  );
}
