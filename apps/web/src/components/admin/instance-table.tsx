"use client";

import type { AdminInstance } from "../../api/admin.ts";
import { useStrings } from "../../i18n/language.tsx";
import { FailureText } from "../failure-text.tsx";
import { phaseText } from "../phase-text.ts";
import { Ago } from "../time.tsx";
import styles from "./admin.module.css";

export function InstanceTable({ caption, items }: { caption: string; items: readonly AdminInstance[] }) {
  const { admin, agent } = useStrings();
  const { column } = admin;
  return (
    <div className={styles.scroll} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles.table}>
        <thead>
          <tr>
            {[
              column.instance,
              column.owner,
              column.state,
              column.problem,
              column.activity,
              column.created,
            ].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, owner, state, phase, failure, lastActivityAt, createdAt }) => (
            <tr key={id}>
              <th scope="row">
                <code>{id}</code>
              </th>
              <td>{owner ? <code>{owner.clerkId}</code> : admin.pool}</td>
              <td>
                <span className={styles.badge} data-state={state}>
                  {agent.state[state]}
                </span>
                {phase && <small> {phaseText(phase.name, agent.phase)}</small>}
              </td>
              <td className={styles.wide}>{failure && <FailureText failure={failure} />}</td>
              <td>{lastActivityAt && <Ago at={lastActivityAt} />}</td>
              <td>
                <Ago at={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
