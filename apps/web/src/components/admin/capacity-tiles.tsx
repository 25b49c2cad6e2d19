"use client";

import type { Capacity } from "../../api/admin.ts";
import { fill } from "../../i18n/fill.ts";
import { useStrings } from "../../i18n/language.tsx";
import styles from "./admin.module.css";

export function CapacityTiles({ capacity }: { capacity: Capacity }) {
  const { admin } = useStrings();
  const { running, limit, ready, stopped, failed, pooled, poolSize } = capacity;
  const tiles = [
    { name: admin.running, value: fill(admin.ofLimit, { count: running, limit }) },
    { name: admin.ready, value: String(ready) },
    { name: admin.stopped, value: String(stopped) },
    { name: admin.failed, value: String(failed) },
    { name: admin.pooled, value: fill(admin.ofLimit, { count: pooled, limit: poolSize }) },
  ];
  return (
    <dl className={styles.tiles}>
      {tiles.map(({ name, value }) => (
        <div key={name} className={styles.tile}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
