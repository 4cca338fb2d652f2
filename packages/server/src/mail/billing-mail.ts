import { type Opening, sayMoney } from "@gatehouse/core";
import { defuseName } from "./defuse-name.ts";
import { type MailContent, type Part, type Site, writeMail } from "./layout.ts";
import { sayTime } from "./say-time.ts";

/** What every mail about billing is about. */
export interface BillingTopic {
  readonly site: Site;
  /** The account's name, as its people typed it: it is shown defused, and in no subject. */
  readonly team: string;
  /** The plan by its name in the catalogue. */
  readonly plan: string;
}
export type Facts = readonly (readonly [name: string, value: string])[];

/** What a plan costs, for one interval. */
export interface MailPrice {
  readonly amountMinor: number;
  readonly currency: string;
  readonly interval: string;
  readonly isPerSeat: boolean;
}

/** Writes a mail to somebody who looks after the billing of the team, with one thing to do: on the billing page. */
export function writeBillingMail(
  topic: Pick<BillingTopic, "site" | "team">,
  mail: { subject: string; words: readonly string[]; facts: Facts; after: readonly string[]; button: string },
): MailContent {
  const { site } = topic;
  const team = defuseName(topic.team);
  const named: Facts = team === "" ? mail.facts : [["Team", team], ...mail.facts];
  const parts: Part[] = [
    ...mail.words.map(asWords),
    ...(named.length === 0 ? [] : [{ kind: "facts" as const, facts: named }]),
    ...mail.after.map(asWords),
    { kind: "button", label: mail.button, url: `${site.baseUrl}/billing` },
  ];
  return writeMail(site, { subject: mail.subject, parts, because: "you look after the billing of a team" });
}

const asWords = (words: string): Part => ({ kind: "words", words });

/** "$87.00 a month (3 seats at $29.00)". */
export function sayPrice({ amountMinor, currency, interval, isPerSeat }: MailPrice, seats: number): string {
  const each = sayMoney(amountMinor, currency);
  if (!isPerSeat || seats < 2) return `${each} ${sayInterval(interval)}`;
  return `${sayMoney(amountMinor * seats, currency)} ${sayInterval(interval)} (${seats} seats at ${each})`;
}

function sayInterval(interval: string): string {
  return interval === "year" ? "a year" : "a month";
}

/** What becomes of the team's access while a payment is missing. */
export function sayAccessUnpaid(plan: string, access: Opening): string {
  if (!access.isOpen) return `Until it is paid, ${plan} is closed to your team. Nothing that you made is deleted.`;
  if (access.until === null) return "Your team's access goes on meanwhile.";
  return `Your team keeps its access until ${sayTime(access.until)}. If it is not paid by then, ${plan} is closed to your team until it is. Nothing that you made is deleted.`;
}

/** What becomes of the team's access after a subscription or a trial. @param endsAt when that one ends */
export function sayAccessAfter(plan: string, access: Opening, endsAt: Date | null): string {
  const isOver = !access.isOpen || (access.until !== null && endsAt !== null && access.until <= endsAt);
  if (!isOver) {
    const until = access.until === null ? "" : ` until ${sayTime(access.until)}`;
    return `Your team's access goes on${until}, for it has another plan, trial or gift.`;
  }
  const when = access.isOpen ? "After that" : "Now";
  return `${when} ${plan} is closed to your team until you choose a plan. Nothing that you made is deleted: you can go on where you stopped.`;
}
