import { type ErrorRow, errors } from "@gatehouse/contract";
import { UserError } from "../cli-error.ts";
import { Refusal, type RefusalDetails } from "../platform/refuse.ts";

const ROWS = new Map<string, ErrorRow>(Object.entries(errors));

/** Where a field that is refused is typed at the command line. */
const TYPED_AS = new Map([
  ["body.value", "VALUE"],
  ["body.expires_at", "--until"],
  ["body.order", "--order"],
]);

/** What the product refused, said in plain words and without a stack. @throws UserError for that, and what `work` throws otherwise */
export async function plainRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { problems } = error.details;
    if (error.code === "invalid_request" && problems) throw new UserError(problems.map(sayProblem).join("\n"));
    const row = ROWS.get(error.code);
    throw row ? new UserError(`${row.title} ${row.mend}${detailsOf(error.details)}`) : error;
  }
}

const sayProblem = ({ at, why }: { readonly at: string; readonly why: string }): string => `${TYPED_AS.get(at) ?? at} ${why}.`;

/** What the sentence points to: `plans`, `days_left`. */
function detailsOf(details: RefusalDetails): string {
  const told = Object.entries(details).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : String(value ?? "none")}`,
  );
  return told.length === 0 ? "" : ` (${told.join("; ")})`;
}
