import { Problem } from "./api.js";
import { call, currentSession } from "./session.js";
import { element } from "./steps.js";

/**
 * Saves what the API answers as a file. A plain link would not do: it carries no access token, and one in its address would stay in
 * histories and logs.
 * @param otherwise the file's name where the answer names none
 */
export async function downloadFrom(path, otherwise) {
  // Renews the access token if it must be, with the words of the API if it cannot.
  await call("GET", "/me");
  const file = await read(path);
  const url = URL.createObjectURL(file.blob);
  element("a", { href: url, download: file.name ?? otherwise }).click();
  // Not at once: the browser may still be taking it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function read(path) {
  try {
    const answer = await fetch(`/api/v1${path}`, { headers: { authorization: `Bearer ${currentSession().accessToken}` } });
    if (!answer.ok) throw new Problem(await answer.json(), Number(answer.headers.get("retry-after")) || null);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
    return { blob: await answer.blob(), name };
  } catch (problem) {
    // A download that breaks off is no file: half a ZIP would look like a whole one.
    throw problem instanceof Problem ? problem : new Problem({ code: "unreachable" }, null);
  }
}
