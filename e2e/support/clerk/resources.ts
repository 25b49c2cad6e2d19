import {
  type BrowserState,
  lastSession,
  type Person,
  type Session,
  type SignInAttempt,
  type SignUpAttempt,
} from "./people.ts";
import type { TokenSigner } from "./tokens.ts";

const DAY = 86_400_000;

/** The code that every e-mail holds. */
export const EMAIL_CODE = "424242";

const verified = (strategy: string) => ({
  object: "verification",
  status: "verified",
  strategy,
  attempts: null,
  expire_at: null,
});

/** A person as the browser's API and the webhooks show them. */
export function userResource({ id, email, firstName, lastName, createdAt }: Person) {
  const emailId = id.replace(/^user_/, "idn_");
  return {
    object: "user",
    id,
    username: null,
    first_name: firstName,
    last_name: lastName,
    image_url: "",
    has_image: false,
    primary_email_address_id: emailId,
    primary_phone_number_id: null,
    primary_web3_wallet_id: null,
    email_addresses: [
      {
        object: "email_address",
        id: emailId,
        email_address: email,
        reserved: false,
        verification: verified("email_code"),
        linked_to: [],
        matches_sso_connection: false,
      },
    ],
    ...NOTHING_ELSE_LINKED,
    external_id: null,
    last_sign_in_at: createdAt,
    last_active_at: createdAt,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

const NOTHING_ELSE_LINKED = {
  phone_numbers: [],
  web3_wallets: [],
  passkeys: [],
  external_accounts: [],
  enterprise_accounts: [],
  organization_memberships: [],
  public_metadata: {},
  unsafe_metadata: {},
  password_enabled: true,
  two_factor_enabled: false,
  totp_enabled: false,
  backup_code_enabled: false,
  banned: false,
  locked: false,
  lockout_expires_in_seconds: null,
  delete_self_enabled: true,
  create_organization_enabled: false,
  mfa_enabled_at: null,
  mfa_disabled_at: null,
  legal_accepted_at: null,
};

export async function sessionResource(session: Session, sign: TokenSigner) {
  const { id, person, createdAt } = session;
  return {
    object: "session",
    id,
    status: "active",
    expire_at: createdAt + 7 * DAY,
    abandon_at: createdAt + 30 * DAY,
    last_active_at: Date.now(),
    last_active_organization_id: null,
    last_active_token: { object: "token", jwt: await sign(session) },
    actor: null,
    tasks: null,
    factor_verification_age: [0, -1],
    user: userResource(person),
    public_user_data: publicData(person),
    created_at: createdAt,
    updated_at: Date.now(),
  };
}

function publicData({ id, email, firstName, lastName }: Person) {
  return {
    first_name: firstName,
    last_name: lastName,
    image_url: "",
    has_image: false,
    identifier: email,
    user_id: id,
  };
}

export function signInResource({ id, person, identifier, session }: SignInAttempt) {
  const status = session ? "complete" : person ? "needs_first_factor" : "needs_identifier";
  return {
    object: "sign_in",
    id,
    status,
    supported_identifiers: ["email_address"],
    supported_first_factors: [{ strategy: "password" }],
    supported_second_factors: null,
    first_factor_verification: session ? verified("password") : null,
    second_factor_verification: null,
    identifier,
    user_data: person ? publicData(person) : null,
    created_session_id: session?.id ?? null,
    abandon_at: Date.now() + DAY,
    client_trust_state: null,
  };
}

export function signUpResource(attempt: SignUpAttempt) {
  const { id, email, password, firstName, lastName, codeSent, session } = attempt;
  const missing = [...(email ? [] : ["email_address"]), ...(password ? [] : ["password"])];
  return {
    object: "sign_up",
    id,
    status: session ? "complete" : "missing_requirements",
    required_fields: ["email_address", "password"],
    optional_fields: ["first_name", "last_name"],
    missing_fields: missing,
    unverified_fields: session || !email ? [] : ["email_address"],
    verifications: {
      email_address: email
        ? {
            ...verified("email_code"),
            status: session ? "verified" : "unverified",
            strategy: codeSent ? "email_code" : null,
            expire_at: codeSent ? Date.now() + 600_000 : null,
            next_action: session ? "" : codeSent ? "needs_attempt" : "needs_prepare",
            supported_strategies: ["email_code"],
          }
        : null,
      phone_number: null,
      web3_wallet: null,
      external_account: null,
    },
    username: null,
    email_address: email,
    phone_number: null,
    web3_wallet: null,
    password_enabled: password !== null,
    first_name: firstName,
    last_name: lastName,
    public_metadata: {},
    unsafe_metadata: {},
    custom_action: false,
    external_id: null,
    created_session_id: session?.id ?? null,
    created_user_id: session?.person.id ?? null,
    abandon_at: Date.now() + DAY,
    legal_accepted_at: null,
    locale: null,
  };
}

export async function clientResource(browser: BrowserState, sign: TokenSigner) {
  const { id, sessions, signIn, signUp } = browser;
  return {
    object: "client",
    id,
    sessions: await Promise.all([...sessions.values()].map((session) => sessionResource(session, sign))),
    sign_in: signIn && !signIn.session ? signInResource(signIn) : null,
    sign_up: signUp && !signUp.session ? signUpResource(signUp) : null,
    last_active_session_id: lastSession(browser)?.id ?? null,
    last_authentication_strategy: null,
    cookie_expires_at: null,
    captcha_bypass: false,
    created_at: 1,
    updated_at: Date.now(),
  };
}
