export const CALLERS = ["nobody", "stranger", "removed", "viewer", "member", "admin", "owner", "operator"] as const;
export type Caller = (typeof CALLERS)[number];

/** A request that the route would do, and what each caller gets; who is not named gets `else`. */
export interface Row {
  readonly path?: () => string;
  readonly body?: object | (() => object);
  readonly else: number;
  readonly except?: Partial<Record<Caller, number>>;
}
/** Everybody, signed in or not: the route asks for no session. */
export const everybody = (status: number, body?: object): Row => ({ else: status, ...(body ? { body } : {}) });
export const NO_SESSION = { nobody: 401, removed: 401 };
/** Whoever is signed in, in whatever account and role. */
export const signedIn = (status: number, body?: object): Row => ({ else: status, except: NO_SESSION, ...(body ? { body } : {}) });
/** Things of the account: its people see them, others do not know them. */
export const ours = (row: Omit<Row, "except">, more: Row["except"] = {}): Row => ({
  ...row,
  except: { ...NO_SESSION, stranger: 404, operator: 404, ...more },
});
/** Owners and admins pay; nobody else does. */
export const paying = (body?: object): Row => ({
  else: 503,
  except: { ...NO_SESSION, viewer: 403, member: 403 },
  ...(body ? { body } : {}),
});
/** Owners and admins look after the team; who is in no team with us does so in their own. */
export const managing = (status: number, more: Row["except"] = {}, body?: object): Row => ({
  else: status,
  except: { ...NO_SESSION, viewer: 403, member: 403, ...more },
  ...(body ? { body } : {}),
});
/** Owners alone. */
export const owning = (status: number): Row => ({ else: status, except: { ...NO_SESSION, viewer: 403, member: 403, admin: 403 } });
/** Operators alone; to everybody else it is not there, whatever their role. */
export const operating = (status: number, row: Omit<Row, "else" | "except"> = {}): Row => ({
  ...row,
  else: 404,
  except: { ...NO_SESSION, operator: status },
});
