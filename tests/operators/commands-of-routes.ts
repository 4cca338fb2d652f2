/** Where a part of a request is typed: an option, a word of the command, or nowhere, and why not. */
export type Typed = `--${string}` | Uppercase<string> | { readonly nowhere: string };
/** The command that does what a route does, with its parameters, query and body; or why there is none. */
export type Row = readonly [command: string, typed: Readonly<Record<string, Typed>>] | { readonly none: string };

const because = { reason: "--reason" } as const;
const account = { id: "ACCOUNT" } as const;

/** What operators can do over HTTP, and how at the command line. Pages are one: a list says that there is more, and takes a larger `--limit`. */
export const COMMANDS_OF_ROUTES: Readonly<Record<string, Row>> = {
  "GET /admin/accounts": ["account search", { query: "TEXT", state: "--state" }],
  "GET /admin/accounts/{id}": ["account show", account],
  "GET /admin/accounts/{id}/explain": ["access explain", { ...account, user_id: "--user", at: "--at" }],
  "POST /admin/accounts/{id}/comp": ["account comp", { ...account, plan: "PLAN", until: "--until", ...because }],
  "DELETE /admin/accounts/{id}/comp/{grant_id}": ["account uncomp", { ...account, grant_id: "GRANT", version: "--version", ...because }],
  "POST /admin/accounts/{id}/trial-extension": ["trial extend", { ...account, days: "--days", version: "--version", ...because }],
  "POST /admin/accounts/{id}/restore": ["account restore", { ...account, ...because }],
  "POST /admin/accounts/{id}/impersonate": {
    none: "its token is for a browser, and ends with the operator's own session: a command has none",
  },
  "POST /admin/impersonations/{id}/end": ["impersonation end", { id: "IMPERSONATION", ...because }],
  "GET /admin/accounts/{id}/features/{flag}": ["account flags", { ...account, flag: "--flag" }],
  "PUT /admin/accounts/{id}/features/{flag}": [
    "account set-flag",
    { ...account, flag: "FLAG", value: "VALUE", expires_at: "--until", version: "--version", ...because },
  ],
  "DELETE /admin/accounts/{id}/features/{flag}": ["account unset-flag", { ...account, flag: "FLAG", version: "--version", ...because }],
  "GET /admin/accounts/{id}/limits/{limit}": ["account limits", { ...account, limit: "--limit" }],
  "PUT /admin/accounts/{id}/limits/{limit}": [
    "account set-limit",
    { ...account, limit: "LIMIT", value: "VALUE", expires_at: "--until", version: "--version", ...because },
  ],
  "DELETE /admin/accounts/{id}/limits/{limit}": ["account unset-limit", { ...account, limit: "LIMIT", version: "--version", ...because }],
  "GET /admin/accounts/{id}/trial-claims": ["trial claims", account],
  "POST /admin/accounts/{id}/trial-waiver": ["trial waive", { ...account, ...because }],
  "GET /admin/plan-limits": ["plan limits", {}],
  "PUT /admin/plan-limits": ["plan set-limit", { plan: "PLAN", limit: "LIMIT", value: "VALUE", version: "--version", ...because }],
  "GET /admin/plan-billing": ["plan billing", {}],
  "PUT /admin/plan-billing": [
    "plan set-billing",
    { plan: "PLAN", display_name: "--name", public: "--public", order: "--order", version: "--version", ...because },
  ],
  "GET /admin/feature-flags": ["feature flags", {}],
  "GET /admin/users": ["user search", { query: "TEXT" }],
  "POST /admin/users/{id}/verify-email": ["user verify", { id: "EMAIL", ...because }],
  "POST /admin/users/{id}/resend-verification": ["user resend-verification", { id: "EMAIL", ...because }],
  "POST /admin/users/{id}/unlock": ["user unlock", { id: "EMAIL", ...because }],
  "GET /admin/leads": ["leads list", { state: "--state", query: "--query" }],
  "GET /admin/leads/export": ["leads export", { state: "--state", query: "--query" }],
  "GET /admin/leads/{id}": ["leads show", { id: "LEAD" }],
  "PATCH /admin/leads/{id}": ["leads set", { id: "LEAD", state: "STATE", version: "--version", ...because }],
  "POST /admin/leads/{id}/notes": ["leads note", { id: "LEAD", text: "TEXT", reason: { nowhere: "a note says why itself" } }],
  "POST /admin/leads/{id}/convert": [
    "leads convert",
    { id: "LEAD", plan: "PLAN", until: "--until", account_id: "--account", version: "--version", ...because },
  ],
  "POST /admin/leads/{id}/invitation/resend": ["leads resend-invitation", { id: "LEAD", version: "--version", ...because }],
  "DELETE /admin/leads/{id}/invitation": ["leads take-back-invitation", { id: "LEAD", version: "--version", ...because }],
  "GET /admin/waitlist": ["waitlist list", { state: "--state" }],
  "POST /admin/waitlist/invite": ["waitlist invite", { count: "--count", ids: "--ids", ...because }],
  "POST /admin/waitlist/{id}/resend": ["waitlist resend", { id: "ENTRY", ...because }],
  "GET /admin/webhook-events": ["events list", { outcome: "--outcome", type: "--type", account_id: "--account" }],
  "GET /admin/webhook-events/{id}": ["events show", { id: "EVENT_ID" }],
  "POST /admin/webhook-events/{id}/replay": ["events replay", { id: "EVENT_ID", ...because }],
  "GET /admin/jobs": ["jobs list", { state: "--state" }],
  "POST /admin/jobs/{id}/retry": ["jobs retry", { id: "JOB", ...because }],
};
