import { defuseName } from "./defuse-name.ts";

/** "the team Ada's Engines": an account by the name that its people typed, defused; "a team" where nothing of it can be shown. */
export function nameTeam(team: string): string {
  const name = defuseName(team);
  return name === "" ? "a team" : `the team ${name}`;
}

/** A person by the name that they typed, defused; `otherwise` where nothing of it can be shown, or none is known. */
export function namePerson(name: string | null, otherwise: string): string {
  return defuseName(name ?? "") || otherwise;
}
