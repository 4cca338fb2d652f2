import { operating, type Row } from "./who-may-rows.ts";

const NOBODYS = "01890000-0000-7000-8000-000000000000";
const body = { reason: "a test" };

/** What operators may do to accounts, people, events and jobs. @param of whose account and what user it is done to */
export function rowsOfOperators(of: () => { readonly account: string; readonly person: string }): Readonly<Record<string, Row>> {
  const account =
    (suffix = "") =>
    () =>
      `/api/v1/admin/accounts/${of().account}${suffix}`;
  const person = (suffix: string) => () => `/api/v1/admin/users/${of().person}${suffix}`;
  const at = (path: string) => () => `/api/v1/admin${path}`;
  return {
    "get /api/v1/admin/accounts": operating(200),
    "get /api/v1/admin/accounts/{id}": operating(200, { path: account() }),
    "get /api/v1/admin/accounts/{id}/explain": operating(200, { path: account("/explain") }),
    // There is no such plan, and that comes last.
    "post /api/v1/admin/accounts/{id}/comp": operating(422, { path: account("/comp"), body: { ...body, plan: "no_plan", until: null } }),
    "delete /api/v1/admin/accounts/{id}/comp/{grant_id}": operating(404, { path: account(`/comp/${NOBODYS}`), body }),
    "post /api/v1/admin/accounts/{id}/trial-extension": operating(200, { path: account("/trial-extension"), body: { ...body, days: 1 } }),
    // It lives.
    "post /api/v1/admin/accounts/{id}/restore": operating(200, { path: account("/restore"), body }),
    "post /api/v1/admin/accounts/{id}/impersonate": operating(201, { path: account("/impersonate"), body }),
    "get /api/v1/admin/accounts/{id}/trial-claims": operating(200, { path: account("/trial-claims") }),
    // The account had its trial.
    "post /api/v1/admin/accounts/{id}/trial-waiver": operating(409, { path: account("/trial-waiver"), body }),
    "post /api/v1/admin/impersonations/{id}/end": operating(404, { path: at(`/impersonations/${NOBODYS}/end`), body }),
    "get /api/v1/admin/users": operating(200, { path: at("/users?query=person") }),
    "post /api/v1/admin/users/{id}/verify-email": operating(200, { path: person("/verify-email"), body }),
    // They are verified.
    "post /api/v1/admin/users/{id}/resend-verification": operating(409, { path: person("/resend-verification"), body }),
    "post /api/v1/admin/users/{id}/unlock": operating(200, { path: person("/unlock"), body }),
    "get /api/v1/admin/webhook-events": operating(200),
    "get /api/v1/admin/webhook-events/{id}": operating(404, { path: at("/webhook-events/evt_nobodys") }),
    // Billing is dark here: Stripe cannot be asked for what we do not have.
    "post /api/v1/admin/webhook-events/{id}/replay": operating(503, { path: at("/webhook-events/evt_nobodys/replay"), body }),
    "get /api/v1/admin/jobs": operating(200),
    "post /api/v1/admin/jobs/{id}/retry": operating(404, { path: at(`/jobs/${NOBODYS}/retry`), body }),
  };
}
