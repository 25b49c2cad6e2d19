import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type BrowserState,
  type Enrolment,
  lastSession,
  newBrowser,
  newId,
  type Person,
  type Session,
  type SignUpAttempt,
} from "./people.ts";
import {
  clientResource,
  EMAIL_CODE,
  sessionResource,
  signInResource,
  signUpResource,
  userResource,
} from "./resources.ts";
import { environmentResource } from "./settings.ts";
import type { Tokens } from "./tokens.ts";

/** What happens to accounts, for whoever tells the app. */
export interface AccountEvents {
  readonly created: (person: Person) => void;
  readonly deleted: (person: Person) => void;
}

export interface FrontendApi {
  readonly people: readonly Person[];
  readonly enrol: (who: Enrolment) => Person;
  /** Ends every session of a person, as an operator or another device would. */
  readonly signOutEverywhere: (personId: string) => void;
  readonly answer: (
    request: IncomingMessage,
    response: ServerResponse,
    body: URLSearchParams,
  ) => Promise<void>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: URLSearchParams;
  /** Where the page that calls was loaded from. */
  readonly origin: string;
  readonly browser: BrowserState;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const DEV_BROWSER = "__clerk_db_jwt";
/** Of the API's own: an app on another site than this one shares no cookie with it. */
const CLIENT = "__client";

/** The part of Clerk's Frontend API that its browser script uses for sign-up, sign-in, tokens and sign-out. */
export function createFrontendApi(tokens: Tokens, events: AccountEvents): FrontendApi {
  const people: Person[] = [];
  const browsers = new Map<string, BrowserState>();

  function browserOf(id: string): BrowserState {
    let browser = browsers.get(id);
    if (!browser) browsers.set(id, (browser = newBrowser()));
    return browser;
  }

  function open(browser: BrowserState, person: Person, origin: string): Session {
    const session = { id: newId("sess"), person, createdAt: Date.now(), origin };
    browser.sessions.set(session.id, session);
    return session;
  }

  const withClient = async ({ browser }: Call, response: unknown): Promise<Answer> => ({
    status: 200,
    body: { response, client: await clientResource(browser, tokens.sign) },
  });

  async function signIn(call: Call): Promise<Answer> {
    const { browser, body, origin } = call;
    const identifier = body.get("identifier") ?? browser.signIn?.identifier ?? null;
    const person = people.find(({ email }) => email === identifier);
    if (identifier && !person)
      return refusal("form_identifier_not_found", "Couldn't find your account.", "identifier");
    browser.signIn ??= { id: newId("sia"), person, identifier, session: undefined };
    if (browser.signIn.person !== person || browser.signIn.session)
      browser.signIn = { id: newId("sia"), person, identifier, session: undefined };
    const password = body.get("password");
    if (password !== null) {
      if (person?.password !== password)
        return refusal("form_password_incorrect", "Password is incorrect.", "password");
      browser.signIn.session = open(browser, person, origin);
    }
    return withClient(call, signInResource(browser.signIn));
  }

  function fill(attempt: SignUpAttempt, body: URLSearchParams): Answer | null {
    attempt.email = body.get("email_address") ?? attempt.email;
    attempt.password = body.get("password") ?? attempt.password;
    attempt.firstName = body.get("first_name") ?? attempt.firstName;
    attempt.lastName = body.get("last_name") ?? attempt.lastName;
    return people.some(({ email }) => email === attempt.email)
      ? refusal("form_identifier_exists", "That email address is taken.", "email_address")
      : null;
  }

  async function signUp(call: Call, step: string): Promise<Answer> {
    const { browser, body, method } = call;
    if (step === "" && method === "POST") browser.signUp = newSignUp();
    const attempt = browser.signUp;
    if (!attempt) return missing(call);
    if (step === "prepare_verification") attempt.codeSent = true;
    else if (step === "attempt_verification") {
      if (!attempt.codeSent || body.get("code") !== EMAIL_CODE)
        return refusal("form_code_incorrect", "Incorrect code.", "code");
      attempt.session = register(call, attempt);
    } else if (method !== "GET") {
      const problem = fill(attempt, body);
      if (problem) return problem;
    }
    return withClient(call, signUpResource(attempt));
  }

  function enrol({ email, password, firstName, lastName }: Enrolment): Person {
    const person: Person = {
      id: newId("user"),
      email: email ?? "",
      password: password ?? "",
      firstName: firstName ?? "",
      lastName: lastName ?? "",
      createdAt: Date.now(),
    };
    people.push(person);
    events.created(person);
    return person;
  }

  function register({ browser, origin }: Call, attempt: SignUpAttempt): Session {
    return open(browser, enrol(attempt), origin);
  }

  async function sessions(call: Call, id: string, step: string): Promise<Answer> {
    const session = call.browser.sessions.get(id);
    if (!session) return missing(call);
    session.origin = call.origin;
    if (step.startsWith("tokens"))
      return { status: 200, body: { object: "token", jwt: await tokens.sign(session) } };
    const resource = await sessionResource(session, tokens.sign);
    if (step !== "touch") call.browser.sessions.delete(id);
    return withClient(call, resource);
  }

  async function account(call: Call): Promise<Answer> {
    const session = lastSession(call.browser);
    if (!session)
      return { status: 401, body: { errors: [{ code: "authentication_invalid", message: "Signed out" }] } };
    const { person } = session;
    if (call.method !== "DELETE") return withClient(call, userResource(person));
    people.splice(people.indexOf(person), 1);
    call.browser.sessions.clear();
    events.deleted(person);
    return withClient(call, { object: "user", id: person.id, deleted: true });
  }

  async function route(call: Call): Promise<Answer> {
    const { path, method, browser, origin } = call;
    if (path === "/v1/environment") return { status: 200, body: environmentResource(origin) };
    if (path === "/v1/client") return withClient(call, await clientResource(browser, tokens.sign));
    if (path === "/v1/me") return account(call);
    if (path === "/v1/client/sessions" && method === "DELETE") {
      browser.sessions.clear();
      return withClient(call, await clientResource(browser, tokens.sign));
    }
    const [, kind, id = "", step = ""] =
      /^\/v1\/client\/(sign_ins|sign_ups|sessions)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    if (kind === "sign_ins") return signIn(call);
    if (kind === "sign_ups") return signUp(call, step);
    if (kind === "sessions" && id !== "") return sessions(call, id, step);
    return missing(call);
  }

  /** Hands a page the cookies of its session by way of a redirect: a development instance has no shared domain. */
  async function handshake(url: URL, browserId: string, response: ServerResponse): Promise<void> {
    const back = new URL(url.searchParams.get("redirect_url") ?? "");
    const session = lastSession(browserOf(browserId));
    if (session) session.origin = back.origin;
    const cookies = [
      `${DEV_BROWSER}=${browserId}; Path=/; SameSite=Lax`,
      `__client_uat=${session ? Math.floor(session.createdAt / 1000) : 0}; Path=/; SameSite=Lax`,
      session
        ? `__session=${await tokens.sign(session)}; Path=/; SameSite=Lax`
        : "__session=; Path=/; Max-Age=0",
    ];
    back.searchParams.set("__clerk_handshake", await tokens.signHandshake(cookies));
    back.searchParams.set(DEV_BROWSER, browserId);
    response.writeHead(307, { location: back.href }).end();
  }

  return {
    people,
    enrol,
    signOutEverywhere(personId) {
      for (const { sessions: open } of browsers.values())
        for (const [id, { person }] of open) if (person.id === personId) open.delete(id);
    },
    async answer(request, response, body) {
      const url = new URL(request.url ?? "/", "http://clerk.test");
      const origin = request.headers.origin ?? "";
      const known =
        url.searchParams.get(DEV_BROWSER) ?? cookieOf(request, DEV_BROWSER) ?? cookieOf(request, CLIENT);
      const id = known ?? newId("dvb");
      if (!known)
        response.setHeader("set-cookie", `${CLIENT}=${id}; Path=/; HttpOnly; Secure; SameSite=None`);
      if (url.pathname === "/v1/client/handshake") return handshake(url, id, response);
      if (url.pathname === "/v1/dev_browser")
        return send(response, origin, { status: 200, body: { id: newId("dvb") } });
      const call: Call = {
        // The browser script sends every other method as a POST that names it.
        method: (url.searchParams.get("_method") ?? request.method ?? "GET").toUpperCase(),
        path: url.pathname,
        query: url.searchParams,
        body,
        origin,
        browser: browserOf(id),
      };
      send(response, origin, await route(call));
    },
  };
}

function newSignUp(): SignUpAttempt {
  return {
    id: newId("sua"),
    email: null,
    password: null,
    firstName: null,
    lastName: null,
    codeSent: false,
    session: undefined,
  };
}

function refusal(code: string, message: string, parameter: string): Answer {
  const error = { code, message, long_message: message, meta: { param_name: parameter } };
  return { status: 422, body: { errors: [error], clerk_trace_id: "test" } };
}

function missing({ method, path }: Call): Answer {
  const message = `Not here: ${method} ${path}`;
  return {
    status: 404,
    body: {
      errors: [{ code: "resource_not_found", message, long_message: message }],
      clerk_trace_id: "test",
    },
  };
}

function send(response: ServerResponse, origin: string, { status, body }: Answer): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
  });
  response.end(JSON.stringify(body));
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(/; */);
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
