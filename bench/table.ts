import { type Aim, type Figure, isMet } from "./figure.ts";
import type { Spread } from "./statistics.ts";

const HEAD = ["figure", "value (min-max)", "limit (min-max)", "ratio (min-max)", "aim", "met"] as const;

/** Lines for people: one a figure, and its note below it. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => ({ cells: cellsOf(figure), note: figure.note }));
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    line(HEAD),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.flatMap(({ cells, note }) => [line(cells), ...(note ? [`    ${note}`] : [])]),
  ].join("\n");
}

function cellsOf(figure: Figure): string[] {
  const { name, unit, value, limit, ratio, aim } = figure;
  const met = isMet(figure);
  return [
    name,
    `${spread(value)} ${unit}`,
    `${spread(limit.value)} ${limit.name}`,
    spread(ratio, (share) => `${(share * 100).toFixed(1)} %`),
    aim ? sayAim(aim, unit) : "-",
    met === null ? "-" : met ? "yes" : "NO",
  ];
}

const spread = (of: Spread, say = number): string => `${say(of.median)} (${say(of.min)}-${say(of.max)})`;
const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

function sayAim({ of, at, bound }: Aim, unit: string): string {
  const percent = `${(bound * 100).toFixed(0)} %`;
  if (at === "near") return `100 +- ${percent}`;
  return `${at === "least" ? ">=" : "<="} ${of === "ratio" ? percent : `${bound} ${unit}`}`;
}
