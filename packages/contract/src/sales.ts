import { z } from "zod";
import { route } from "./route.ts";
import { email, line, prose } from "./values.ts";

export const sendLead = route({
  method: "POST",
  path: "/sales-leads",
  auth: "none",
  tag: "Sales",
  summary: "Ask sales to get in touch",
  description:
    "Everybody gets the same answer. Send the access token too where there is one: then it is known which account asks. `website` is a trap for programs that fill every field: leave it out.",
  body: z.strictObject({
    name: line(120),
    email,
    company: line(160).optional(),
    size: line(40).optional().meta({ description: "How many people the company has, as they say it" }),
    message: prose(5000).refine((text) => text.trim() !== "", "must not be empty"),
    source: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_:-]*$/, "must be a page or a plan such as pricing or plan:enterprise")
      .max(60)
      .optional()
      .meta({ description: "The page or plan that they come from" }),
    website: z.string().max(300).optional(),
  }),
  status: 202,
  response: z.object({ status: z.literal("received") }),
  errors: ["cross_site_request"],
});
