"use client";

import type { AuditEvent } from "../../api/admin.ts";
import { useStrings } from "../../i18n/language.tsx";
import { moment } from "../time-texts.ts";
import styles from "./admin.module.css";

export function AuditTable({ caption, items }: { caption: string; items: readonly AuditEvent[] }) {
  const { admin, locale } = useStrings();
  const { column } = admin;
  return (
    <div className={styles.scroll} tabIndex={0} role="group" aria-label={caption}>
      <table className={styles.table}>
        <thead>
          <tr>
            {[column.time, column.actor, column.action, column.instance, column.detail].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, at, actor, action, instanceId, detail }) => (
            <tr key={id}>
              <td>
                <time dateTime={at}>{moment(at, locale)}</time>
              </td>
              <td>
                <code>{actor}</code>
              </td>
              <td>{action}</td>
              <td>{instanceId && <code>{instanceId}</code>}</td>
              <td className={styles.wide}>{detail && <code>{JSON.stringify(detail)}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
