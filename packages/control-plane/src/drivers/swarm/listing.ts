import type { ConfigInfo, NetworkInspectInfo } from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import type { ListedInstance } from "../driver.ts";
import type { ServiceView } from "./views.ts";

/**
 * What a manager's lists say about instances: one that was never started has a network only, and of one that somebody
 * removed by hand its record is left.
 *
 * @param secrets The labels of each.
 */
export function listedServices(
  services: readonly ServiceView[],
  networks: readonly Pick<NetworkInspectInfo, "Labels" | "Created">[],
  secrets: readonly Labels[],
  configs: readonly Pick<ConfigInfo, "Spec" | "CreatedAt">[],
): readonly ListedInstance[] {
  const found = new Map<string, ListedInstance>();
  const withSecrets = new Set(secrets.map((labels) => labels[LABEL.instance]));
  const kept = [
    ...configs.map(({ Spec, CreatedAt }) => ({ labels: Spec?.Labels, created: CreatedAt })),
    ...networks.map(({ Labels, Created }) => ({ labels: Labels, created: Created })),
  ];
  for (const { labels, created } of kept) {
    const instanceId = labels?.[LABEL.instance];
    if (!instanceId) continue;
    const running = withSecrets.has(instanceId);
    found.set(instanceId, { instanceId, running, createdAt: Date.parse(created) });
  }
  for (const { labels, replicas, createdAt } of services) {
    const instanceId = labels[LABEL.instance];
    if (!instanceId) continue;
    found.set(instanceId, { instanceId, running: replicas > 0 || withSecrets.has(instanceId), createdAt });
  }
  return [...found.values()].toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}
