import {
  artifactsDownload,
  commandsList,
  modelsList,
  parseArtifactDownload,
  parseCommands,
  parseModels,
  parseUsageCost,
  usageCost,
  type UsageTotals,
} from "@automna/protocol";

import { requestOver, type ChatContext } from "./chat-context.ts";
import type { ArtifactLink, ModelChoice, SlashCommand, UsageAmount, UsageReport } from "./chat-state.ts";
import { ConnectionLostError } from "./errors.ts";
import { UnsupportedError } from "./refusals.ts";
import { valueOf } from "./parse-answer.ts";

export async function listModels(context: ChatContext): Promise<readonly ModelChoice[]> {
  const call = modelsList();
  const models = valueOf(parseModels(await requestOver(context, call)), call.method);
  return models.map(({ id, provider, name, thinkingLevels }) => ({
    id: id.startsWith(`${provider}/`) ? id : `${provider}/${id}`,
    provider,
    name,
    thinkingLevels: thinkingLevels.map((level) => level.id),
  }));
}

export async function listCommands(
  context: ChatContext,
  sessionKey: string,
): Promise<readonly SlashCommand[]> {
  const call = context.gateway && commandsList(context.gateway.dialect.protocol, sessionKey);
  if (!call) return [];
  const commands = valueOf(parseCommands(await requestOver(context, call)), call.method);
  return commands.map(({ name, description }) => ({ name, description }));
}

function amountOf({ input = 0, output = 0, totalTokens, totalCost }: UsageTotals): UsageAmount {
  return { input, output, total: totalTokens ?? input + output, cost: totalCost ?? null };
}

/** @param days how far to look back; default: what the gateway thinks right */
export async function loadUsage(context: ChatContext, days?: number): Promise<UsageReport> {
  const call = usageCost(days);
  const { daily, totals } = valueOf(parseUsageCost(await requestOver(context, call)), call.method);
  return { ...amountOf(totals), days: daily.map((day) => ({ ...amountOf(day), date: day.date })) };
}

/**
 * An address of the gateway's as a page may load it. What is relative is so to the gateway, which may stand under a path of
 * another origin (`wss://app.example/i/abc/`) and need not know that path.
 */
function gatewayAddress(
  dialled: string,
  address: string,
): { readonly url: URL; readonly fromGateway: boolean } {
  const base = new URL(".", dialled.replace(/^ws(s?):/i, "http$1:"));
  const isRooted = address.startsWith("/") && !address.startsWith("//");
  const url = new URL(isRooted && !address.startsWith(base.pathname) ? `.${address}` : address, base);
  return { url, fromGateway: url.origin === base.origin && url.pathname.startsWith(base.pathname) };
}

export async function loadArtifact(
  context: ChatContext,
  sessionKey: string,
  artifactId: string,
): Promise<ArtifactLink> {
  const { gateway } = context;
  if (gateway === null) throw new ConnectionLostError("artifacts.download", false);
  const call = artifactsDownload(gateway.dialect.protocol, sessionKey, artifactId);
  if (call === null) throw new UnsupportedError("This gateway keeps no files.");
  const answer = valueOf(parseArtifactDownload(await requestOver(context, call)), call.method);
  const mimeType = answer.artifact.mimeType ?? "application/octet-stream";
  if (answer.data !== undefined && answer.encoding === "base64") {
    const url = `data:${mimeType};base64,${answer.data}`;
    return { url, mimeType, fromGateway: true, expiresAt: null };
  }
  if (answer.url === undefined) {
    throw new UnsupportedError(`The gateway does not hand out "${answer.artifact.title}".`);
  }
  const { url, fromGateway } = gatewayAddress(gateway.connection.url ?? "", answer.url);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new UnsupportedError(`The gateway gave an address that no page may load: ${url.protocol}`);
  }
  const expiresAt = answer.expiresAt === undefined ? Number.NaN : Date.parse(answer.expiresAt);
  return { url: url.href, mimeType, fromGateway, expiresAt: Number.isNaN(expiresAt) ? null : expiresAt };
}
