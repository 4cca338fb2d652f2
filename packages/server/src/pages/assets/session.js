import { callApi, resumeSession } from "./api.js";
import { keep, kept } from "./tab.js";

/** Who is signed in, and in which account; null: nobody. The access token stays in this page's memory. */
let session = null;
let resuming = null;
let isInNoTeam = false;

export const currentSession = () => session;

/** Is there a person after all, who was taken out of their last account? */
export const isWithoutTeam = () => isInNoTeam;

/** Asks anew who is signed in in this browser. Several who ask at once are answered by one refresh. */
export async function openSession() {
  isInNoTeam = false;
  resuming ??= resumeSession((code) => {
    isInNoTeam = code === "no_account";
  }).finally(() => {
    resuming = null;
  });
  session = await resuming;
  return session;
}

/** Takes what a sign-in, a switch or an accepted invite answered: page and tab are in that account from now on. */
export function enterSession(answer) {
  session = { accessToken: answer.access_token, user: answer.user, account: answer.account };
  keep("account", answer.account.id);
  return session;
}

/** After a sign-in that led over another page: on to where the person wanted to go, in the account that the answer is for. */
export function leaveFor(answer) {
  keep("account", answer.account.id);
  // Signed in, and not in the team: the page of the invite, where this tab comes from, says why.
  const isInviteLeft = answer.invite?.accepted === false && kept("invite") !== null;
  // A path of our own, as the server has checked; replaced, so that "back" does not come here again.
  location.replace(isInviteLeft ? "/invite" : (answer.return_to ?? "/billing"));
}

const STALE = ["access_token_expired", "session_ended", "authentication_required"];

/**
 * Calls the API as who is signed in. A page may be open for longer than an access token lives, so that it is renewed once. Who is in
 * another account by then, or in none, gets the page anew: what they pressed was meant for the one that they saw.
 */
export async function call(method, path, body, options = {}) {
  const send = () => callApi(method, path, { ...options, accessToken: session?.accessToken, ...(body === undefined ? {} : { body }) });
  try {
    return await send();
  } catch (problem) {
    if (!session || !STALE.includes(problem.code)) throw problem;
    const before = session.account.id;
    if ((await openSession())?.account.id === before) return send();
    location.reload();
    return new Promise(() => {});
  }
}
