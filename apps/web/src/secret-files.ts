import { ConfigError } from "./config-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that may stand in a file of their own, which the same name with `_FILE` names. */
export const SECRET_VARIABLES = [
  "DATABASE_URL",
  "TOKEN_KEYS",
  "CLERK_SECRET_KEY",
  "CLERK_WEBHOOK_SIGNING_SECRET",
  "CHAT_GATEWAY_TOKEN",
  "OPENAI_API_KEY",
  "ANTHROPIC_API_KEY",
] as const;

/**
 * The environment with what lies in files: secrets of Docker and its kin never stand in an environment, where
 * `docker inspect` and the process list would show them.
 *
 * @param readFile Throws when the file cannot be read.
 * @throws ConfigError with every problem that was found; it names files, never what is in them.
 */
export function withSecretFiles(env: Environment, readFile: (path: string) => string): Environment {
  const problems: string[] = [];
  const read: Record<string, string> = {};
  for (const name of SECRET_VARIABLES) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    if (env[name]) {
      problems.push(`Set ${name} or ${name}_FILE, not both.`);
      continue;
    }
    try {
      read[name] = readFile(path).trim();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      problems.push(`${name}_FILE names ${path}, which cannot be read (${code}): mount it, or set ${name}.`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...env, ...read };
}

/** An environment for a program that needs none of our secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = { ...env };
  for (const name of SECRET_VARIABLES) delete kept[name];
  return kept;
}
