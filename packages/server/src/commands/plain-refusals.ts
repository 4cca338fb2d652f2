import { type ErrorRow, errors } from "@gatehouse/contract";
import { UserError } from "../cli-error.ts";
import { Refusal, type RefusalDetails } from "../platform/refuse.ts";

const ROWS = new Map<string, ErrorRow>(Object.entries(errors));

/** What the product refused, said in plain words and without a stack. @throws UserError for that, and what `work` throws otherwise */
export async function plainRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const row = ROWS.get(error.code);
    throw row ? new UserError(`${row.title} ${row.mend}${detailsOf(error.details)}`) : error;
  }
}

/** What the sentence points to: `plans`, `days_left`. */
function detailsOf(details: RefusalDetails): string {
  const told = Object.entries(details).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : String(value)}`);
  return told.length === 0 ? "" : ` (${told.join("; ")})`;
}
