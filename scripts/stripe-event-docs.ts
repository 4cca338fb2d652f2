/** Writes docs/guides/stripe-events.md from the table of Stripe's events; with `--check` it only says whether the file is as it would be written. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { STRIPE_EVENTS } from "@gatehouse/core";
import { root } from "./children.ts";

const HEADER = `# Stripe events

Made by \`node scripts/stripe-event-docs.ts\` from the table in \`packages/core/src/stripe-events.ts\`. Point a webhook endpoint at \`/api/v1/webhooks/stripe\` and let it send
these events, as snapshots, in any API version. An event is a hint: what it names is read from Stripe, and what is read is what holds. So it may come late, twice, in any
order, or not at all: the reconciler finds what was never delivered.

| event | what it makes us do |
|---|---|
`;

const FOOTER = `
Every other event is recorded and changes nothing. So is one of the other mode than the key's (test, live), and one of a connected account.
A thin event (\`v1.\` before its type) does the same where it names what is to be read: a subscription, a customer, a checkout. Of an invoice, a schedule or a card it
does not say whose it is, and is recorded as ignored; let the endpoint send snapshots.
`;

if (import.meta.main) {
  const path = join(root, "docs/guides/stripe-events.md");
  const rows = Object.entries(STRIPE_EVENTS).map(([type, { what }]) => `| \`${type}\` | ${what} |`);
  const rendered = `${HEADER}${rows.join("\n")}\n${FOOTER}`;
  if (!process.argv.includes("--check")) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, rendered);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== rendered) {
    console.error("docs/guides/stripe-events.md is not what the table says. Write it anew: node scripts/stripe-event-docs.ts");
    process.exitCode = 1;
  }
}
