import { type Person, registerMember, registerVerified, type TestServer } from "@gatehouse/testkit";

export type Role = "owner" | "admin" | "member" | "viewer";

/** An account whose members have these roles; the first one registered it and has proven everything. */
export async function makePeople(server: TestServer, roles: readonly Role[]): Promise<Person[]> {
  const founder = await registerVerified(server);
  const joined = await Promise.all(roles.slice(1).map(() => registerMember(server, founder)));
  const people = [founder, ...joined];
  for (const [index, role] of roles.entries()) {
    await server.database.query("update memberships set role = $1 where user_id = $2", [role, people[index]?.user.id]);
  }
  return people;
}

/** Accounts that live and whose every owner is gone. */
export const ownerless = ({ database }: Pick<TestServer, "database">) =>
  database.query(
    `select a.id from accounts a where a.deleted_at is null and not exists
       (select 1 from memberships m join users u on u.id = m.user_id where m.account_id = a.id and m.role = 'owner' and u.deleted_at is null)`,
  );

export interface Team {
  readonly accountId: string;
  readonly people: readonly Person[];
  /** Of their memberships, in the same order: whoever leaves keeps theirs here. */
  readonly ids: readonly string[];
}
export async function makeTeam(server: TestServer, roles: readonly Role[]): Promise<Team> {
  const people = await makePeople(server, roles);
  const accountId = people[0]?.account.id ?? "";
  const rows = await server.database.query<{ id: string; user_id: string }>("select id, user_id from memberships where account_id = $1", [
    accountId,
  ]);
  return { accountId, people, ids: people.map(({ user }) => rows.find((row) => row.user_id === user.id)?.id ?? "") };
}
/** Their roles, in the order of the team; null: no member. */
export async function rolesOf({ database }: TestServer, { accountId, people }: Team): Promise<(Role | null)[]> {
  const rows = await database.query<{ user_id: string; role: Role }>("select user_id, role from memberships where account_id = $1", [
    accountId,
  ]);
  return people.map(({ user }) => rows.find((row) => row.user_id === user.id)?.role ?? null);
}

export interface Told {
  readonly status: number;
  readonly body: { readonly code?: string } | null;
}
/** What somebody of a team does, by their places in it, at one of the processes. */
export type Action = (team: Team, at: TestServer) => Promise<Told>;

const action =
  (method: string, actor: number, path: (team: Team) => string, body?: (team: Team, person: Person) => object): Action =>
  (team, at) => {
    const person = team.people[actor];
    if (!person) throw new Error("there are not so many people");
    return at.request<Told["body"]>(method, path(team), { token: person.accessToken, body: body?.(team, person) });
  };
const TRANSFER = () => "/accounts/me/transfer-ownership";
const memberPath =
  (target: number) =>
  ({ ids }: Team): string =>
    `/accounts/me/members/${ids[target]}`;

export const demote = (actor: number, target: number, role: Role): Action => action("PATCH", actor, memberPath(target), () => ({ role }));
export const remove = (actor: number, target: number): Action => action("DELETE", actor, memberPath(target));
export const leave = (actor: number): Action => remove(actor, actor);
export const deleteMe = (actor: number): Action =>
  action(
    "DELETE",
    actor,
    () => "/me",
    (_, { password }) => ({ password }),
  );
export const offer = (actor: number, target: number, roleAfter: Role): Action =>
  action("POST", actor, TRANSFER, ({ ids }, { password }) => ({ member_id: ids[target], role_after: roleAfter, password }));
export const take = (actor: number): Action => action("POST", actor, () => `${TRANSFER()}/accept`);
export const withdraw = (actor: number): Action => action("DELETE", actor, TRANSFER);
