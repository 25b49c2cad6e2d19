"use client";

import type { UsageOfAll } from "../../api/usage.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import { usedTexts } from "../usage-texts.ts";
import styles from "./admin.module.css";

/** What everybody used of the operator's model, and who used most. */
export function UsageSection({ usage }: { usage: UsageOfAll }) {
  const strings = useStrings();
  const { admin, locale } = strings;
  const number = new Intl.NumberFormat(locale);
  const tiles = [
    { name: strings.usage.today, lines: usedTexts(usage.today, strings) },
    { name: strings.usage.month, lines: usedTexts(usage.month, strings) },
  ];
  return (
    <>
      <dl className={styles.tiles}>
        {tiles.map(({ name, lines: [total, ...rest] }) => (
          <div key={name} className={styles.tile}>
            <dt>{name}</dt>
            <dd>{total}</dd>
            {rest.map((line) => (
              <dd key={line} className={styles.note}>
                {line}
              </dd>
            ))}
          </div>
        ))}
      </dl>
      <p className={styles.note}>
        {usage.dailyTokens === null
          ? admin.noBudget
          : fill(admin.budget, { limit: number.format(usage.dailyTokens) })}
      </p>
      {usage.people.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={admin.usage}>
          <table className={styles.table}>
            <thead>
              <tr>
                {[admin.column.owner, strings.usage.month].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {usage.people.map(({ clerkId, ...used }) => (
                <tr key={clerkId}>
                  <td>
                    <code>{clerkId}</code>
                  </td>
                  <td className={styles.wide}>{usedTexts(used, strings).join(" · ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
