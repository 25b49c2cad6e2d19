import { randomBytes } from "node:crypto";

/** Everybody's. */
export const PASSWORD = "correct horse battery";

/** Somebody with an account. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly createdAt: number;
}

/** One browser's sign-in, as long as it lasts. */
export interface Session {
  readonly id: string;
  readonly person: Person;
  readonly createdAt: number;
  /** The app's origin: a token names it as the one party that may use it. */
  origin: string;
}

/** A form that somebody is filling in. */
export interface SignInAttempt {
  readonly id: string;
  readonly person: Person | undefined;
  readonly identifier: string | null;
  session: Session | undefined;
}

/** What is known of somebody who comes to have an account. */
export interface Enrolment {
  email: string | null;
  password: string | null;
  firstName: string | null;
  lastName: string | null;
}

export interface SignUpAttempt extends Enrolment {
  readonly id: string;
  codeSent: boolean;
  session: Session | undefined;
}

/** What the service knows of one browser. */
export interface BrowserState {
  readonly id: string;
  readonly sessions: Map<string, Session>;
  signIn: SignInAttempt | undefined;
  signUp: SignUpAttempt | undefined;
}

export function newId(kind: string): string {
  return `${kind}_${randomBytes(12).toString("hex")}`;
}

export function newBrowser(): BrowserState {
  return { id: newId("client"), sessions: new Map(), signIn: undefined, signUp: undefined };
}

export function lastSession({ sessions }: BrowserState): Session | undefined {
  return [...sessions.values()].at(-1);
}
