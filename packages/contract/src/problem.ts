import { z } from "zod";

/** What mends a refusal: the action, and the page where a person can take it. */
export const mend = z.object({ action: z.string(), url: z.url() });

/** RFC 9457, `application/problem+json`: what every refusal looks like. */
export const problem = z
  .object({
    type: z.string().meta({ description: "A page about the code" }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "Stable: programs branch on this" }),
    detail: z.string().meta({ description: "What the reader can do about it" }),
    request_id: z.string(),
    problems: z.array(z.object({ at: z.string(), why: z.string() })).optional(),
    reason: z.string().optional(),
    mend: mend.optional(),
  })
  .loose()
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;
