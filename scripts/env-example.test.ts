import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { renderEnvExample } from "./env-example.ts";

const variables = [
  { name: "PORT", description: "Port of the API", default: "4000", secret: false, section: "Process", required: "never" as const },
  {
    name: "MAIL_FROM",
    description: "The sender",
    default: "a@b",
    example: "Us <us@example.com>",
    secret: false,
    section: "Mail",
    required: "never" as const,
  },
  { name: "KEY", description: "Signs tokens.", default: null, secret: true, section: "Process", required: "production" as const },
];
const rendered = renderEnvExample(variables);

test("nothing is set by a copied .env.example: every line is a comment", () => {
  expect(parseEnv(rendered)).toEqual({});
});

test("a line whose # is taken away sets what is shown", () => {
  expect(parseEnv(rendered.replace(/^# (?=[A-Z_]+=)/gm, ""))).toEqual({ PORT: "4000", MAIL_FROM: "Us <us@example.com>", KEY: "" });
});

test("a section holds its variables in the order of the description, with what must be known of them", () => {
  expect(rendered.slice(rendered.indexOf("# ----"))).toBe(`# ---- Process ----

# Port of the API.
# PORT=4000

# Signs tokens. Required in production. Secret.
# KEY=

# ---- Mail ----

# The sender. Default: a@b
# MAIL_FROM="Us <us@example.com>"
`);
});
