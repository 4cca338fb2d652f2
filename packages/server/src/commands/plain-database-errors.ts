import { UserError } from "../cli-error.ts";
import { isConnectionLoss } from "../platform/db.ts";
import { Refusal } from "../platform/refuse.ts";

/** SQLSTATE: who may not come in (28), and a database that does not exist (3D). */
const NOT_LET_IN = /^(28|3D)/;

/**
 * A database that is away or does not let us in is the user's to mend: said in one sentence, without a stack.
 * @throws UserError for those, and what `work` throws otherwise
 */
export async function plainDatabaseErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Refusal && error.code === "database_unavailable" ? error.cause : error;
    if (!(cause instanceof Error)) throw error;
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
    if (NOT_LET_IN.test(code)) throw new UserError(`The database does not let us in: ${cause.message}. Is DATABASE_URL right?`);
    // A name with two addresses that both refuse has no message of its own.
    if (isConnectionLoss(cause))
      throw new UserError(`The database cannot be reached: ${cause.message || code}. Is it running, and is DATABASE_URL right?`);
    throw error;
  }
}
