import { everybody, operating, type Row } from "./who-may-rows.ts";

const OLD = { version: 7, reason: "a test" };

/** The rows of plans, flags and limits. @param accountId for which the flag `sso` and the limit `max_trees` were set */
export function catalogueRows(accountId: () => string): Readonly<Record<string, Row>> {
  const setting = (path: string) => () => `/api/v1/admin/accounts/${accountId()}/${path}`;
  return {
    "get /api/v1/plans": everybody(200),
    "get /api/v1/admin/plan-limits": operating(200),
    // Whoever may edit read version 7, and is told of the newer one.
    "put /api/v1/admin/plan-limits": operating(409, { body: { plan: "pro", limit: "seats", value: 1, ...OLD } }),
    "get /api/v1/admin/plan-billing": operating(200),
    "put /api/v1/admin/plan-billing": operating(409, { body: { plan: "pro", display_name: "Pro", public: true, order: 1, ...OLD } }),
    "get /api/v1/admin/feature-flags": operating(200),
    "get /api/v1/admin/accounts/{id}/features/{flag}": operating(200, { path: setting("features/sso") }),
    "put /api/v1/admin/accounts/{id}/features/{flag}": operating(409, { path: setting("features/sso"), body: { value: true, ...OLD } }),
    "delete /api/v1/admin/accounts/{id}/features/{flag}": operating(409, { path: setting("features/sso"), body: OLD }),
    "get /api/v1/admin/accounts/{id}/limits/{limit}": operating(200, { path: setting("limits/max_trees") }),
    "put /api/v1/admin/accounts/{id}/limits/{limit}": operating(409, { path: setting("limits/max_trees"), body: { value: 1, ...OLD } }),
    "delete /api/v1/admin/accounts/{id}/limits/{limit}": operating(409, { path: setting("limits/max_trees"), body: OLD }),
  };
}
