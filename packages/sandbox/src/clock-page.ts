import { html, type Markup } from "./markup.ts";
import { pageFrame } from "./page-frame.ts";

const STEPS = [
  { field: "hours", amount: 1, label: "+1 hour" },
  { field: "days", amount: 1, label: "+1 day" },
  { field: "days", amount: 7, label: "+7 days" },
  { field: "days", amount: 14, label: "+14 days" },
];

/** @param offsetSeconds how far the product's time is ahead of the real one */
export function clockPage(prefix: string, now: Date, offsetSeconds: number): Markup {
  const buttons = STEPS.map(({ field, amount, label }) => html`<button name="${field}" value="${amount}">${label}</button> `);
  const time = now.toISOString();
  return pageFrame({
    prefix,
    title: "Clock",
    current: "clock",
    body: html`<h1>Clock</h1>
<p class="lead">The product's time. Trials, grace periods and links end by it, and Stripe renews and retries by it; what falls due, mails included, is done before the page comes back.</p>
<p class="clock"><time datetime="${time}">${time.slice(0, 10)} ${time.slice(11, 19)}</time> UTC</p>
<p>${offsetSeconds === 0 ? "It shows the real time." : `It is ${inWords(offsetSeconds)} ahead of the real time.`}</p>
<form method="post" action="${prefix}/clock/advance">${buttons}</form>
<form class="row" method="post" action="${prefix}/clock/advance">
<label for="days">Days</label> <input id="days" name="days" type="number" min="0" max="3660" step="any" required> <button>Advance</button>
</form>
<p class="note">It only goes forward, as time does. To start again at the real time, stop the sandbox and delete its data folder.</p>
`,
  });
}

/** Such as "14 days 1 hour"; seconds are told only where there is nothing larger. */
function inWords(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ];
  let rest = Math.round(seconds);
  const words: string[] = [];
  for (const [unit, size] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) words.push(`${amount} ${unit}${amount === 1 ? "" : "s"}`);
  }
  return words.length === 0 ? `${rest} second${rest === 1 ? "" : "s"}` : words.join(" ");
}
