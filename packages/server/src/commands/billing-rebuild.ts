import { type RebuildFinding, rebuildSubscriptions } from "../billing/rebuild.ts";
import type { Command, CommandResult } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";
import { sayDifference } from "./say-billing.ts";

export const billingRebuild: Command = {
  name: "billing rebuild",
  summary: "Make every subscription anew from what was read from Stripe",
  details:
    "Folds the stored observations with the prices of today, and writes what differs. Stripe is not asked. A row that was never observed is\ntold of, and stays. With --dry-run a difference is exit code 1.",
  positionals: [],
  options: { "dry-run": { type: "boolean", description: "only says what differs" } },
  examples: ["gatehouse billing rebuild --dry-run", "gatehouse billing rebuild"],
  run: (context, _positionals, options) => withParts(context, (parts) => rebuild(parts, options["dry-run"] === true)),
};

async function rebuild(parts: ToolParts, isDry: boolean): Promise<CommandResult> {
  const findings: RebuildFinding[] = [];
  const rebuilt = await rebuildSubscriptions(parts, !isDry, (finding) => findings.push(finding));
  const { accounts, subscriptions, written } = rebuilt;
  const text = [
    ...findings.flatMap(sayFinding),
    findings.length === 0
      ? `${subscriptions} subscriptions of ${accounts} accounts are as they were read.`
      : `${subscriptions} subscriptions of ${accounts} accounts: ${findings.length} differ, ${written} written${isDry ? " (a dry run)" : ""}.`,
  ];
  const data = { dry_run: isDry, accounts, subscriptions, written, findings: findings.map(asData) };
  return { text: text.join("\n"), data, ...(isDry && findings.length > 0 ? { failed: true } : {}) };
}

const WHAT = {
  differs: "is stored differently from what was read",
  no_row: "was read, and has no row",
  unobserved: "has a row, and was never read; it stays as it is",
  unpriced: "is on a price that is not known; it keeps its plan",
} as const;

function sayFinding({ kind, accountId, subscriptionId, differences }: RebuildFinding): string[] {
  return [`${subscriptionId} of account ${accountId} ${WHAT[kind]}`, ...differences.map((one) => `  ${sayDifference(one)}`)];
}

const asData = ({ kind, accountId, subscriptionId, differences }: RebuildFinding) => ({
  kind,
  account_id: accountId,
  subscription_id: subscriptionId,
  differences,
});
