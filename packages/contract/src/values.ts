import { parseEmail } from "@gatehouse/core";
import { z } from "zod";

/** PostgreSQL refuses NUL, headers and terminals obey the other control characters: none is taken but tab and line feed. */
const isPlain = (text: string): boolean => {
  for (const character of text) {
    const code = character.charCodeAt(0);
    if ((code < 0x20 && character !== "\t" && character !== "\n") || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029)
      return false;
  }
  return text.isWellFormed();
};

/** One line of text as a person types it: no control characters, no half surrogates; spaces around it are taken off. */
export const line = (max: number) =>
  z
    .string()
    .refine((text) => isPlain(text) && !/[\t\n]/.test(text), "must be one line of plain text")
    .transform((text) => text.trim())
    .pipe(z.string().min(1, "must not be empty").max(max));

/** Text of several lines: no control characters but tab and line feed. Kept to the letter. */
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => isPlain(text.replaceAll("\r\n", "\n")), "must be plain text");

/** An email address as `core` reads it; kept as typed. */
export const email = z
  .string()
  .max(254)
  .superRefine((typed, context) => {
    const read = parseEmail(typed);
    if (!read.ok) context.addIssue({ code: "custom", message: read.why });
  })
  .meta({ format: "email", description: "Kept as typed; two spellings that differ only in case are one address." });

/** Never trimmed, cut or folded; how strong it must be is decided by `core/password.ts`. The bound keeps hashing cheap. */
export const password = z
  .string()
  .max(1024)
  .refine((text) => text.isWellFormed() && !text.includes("\u0000"), "must be plain text");

export const instant = z.iso.datetime({ precision: 3 }).meta({ description: "UTC, RFC 3339, milliseconds" });
export const id = z.uuid();
/** 256 bits in base64url: what a link in a mail carries. */
export const token = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "must be a token of 43 characters");
export const nothing = z.undefined();

/** Query of a list that is read page by page. @param max items a page at the most */
export const paging = (max: number) => ({
  cursor: z.string().max(200).meta({ description: "The next_cursor of the page before" }).optional(),
  limit: z.coerce.number<string | number>().int().min(1).max(max).default(25),
});
/** A page of a list; `next_cursor: null` says that it was the last. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });
