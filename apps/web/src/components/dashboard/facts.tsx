"use client";

import type { Instance } from "../../api/instance.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import type { Strings } from "../../i18n/strings.ts";
import { Ago } from "../time.tsx";
import { Card } from "./card.tsx";
import styles from "./dashboard.module.css";
import { limitTexts } from "./limit-texts.ts";

/** When, where and within which limits it runs, and what that costs. */
export function Facts({ instance }: { instance: Instance }) {
  const strings = useStrings();
  const { dashboard } = strings;
  const { limits, cost, image, driver, readySince, lastActivityAt, createdAt } = instance;
  return (
    <Card title={dashboard.facts}>
      <dl className={styles.facts}>
        <div>
          <dt>{dashboard.readySince}</dt>
          <dd>{readySince ? <Ago at={readySince} /> : "–"}</dd>
        </div>
        <div>
          <dt>{dashboard.lastActivity}</dt>
          <dd>{lastActivityAt ? <Ago at={lastActivityAt} /> : dashboard.never}</dd>
        </div>
        <div>
          <dt>{dashboard.created}</dt>
          <dd>
            <Ago at={createdAt} />
          </dd>
        </div>
        <div>
          <dt>{dashboard.runsAs}</dt>
          <dd>
            {dashboard.driver[driver]}
            {image && <code className={styles.image}>{image}</code>}
          </dd>
        </div>
        <div>
          <dt>{dashboard.limits}</dt>
          <dd>{limitTexts(limits, strings).join(", ") || dashboard.noLimits}</dd>
        </div>
        {cost && (
          <div>
            <dt>{dashboard.cost}</dt>
            <dd>
              {fill(dashboard.costIdle, dollars(cost.idle, strings))}
              <br />
              {fill(dashboard.costActive, dollars(cost.active, strings))}
              <br />
              <small>{dashboard.costNote}</small>
            </dd>
          </div>
        )}
      </dl>
    </Card>
  );
}

function dollars({ from, to }: { from: number; to: number }, { locale }: Strings) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: "USD" });
  return { from: format.format(from), to: format.format(to) };
}
