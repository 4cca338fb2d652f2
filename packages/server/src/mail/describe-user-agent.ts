/** The first that fits names it: each browser also calls itself by the names of those that stand below it. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/[\d.]+ (Mobile\/\w+ )?Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\b(Macintosh|Mac OS X)\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];

/**
 * What a person would call the program that a request came from: "Firefox on Windows". Only words of these two lists are ever said,
 * for the header is whatever the caller wrote.
 * @param userAgent the header as it came, null when there was none
 */
export function describeUserAgent(userAgent: string | null): string {
  const named = (list: readonly [RegExp, string][]): string | null =>
    list.find(([sign]) => userAgent !== null && sign.test(userAgent))?.[1] ?? null;
  const program = named(PROGRAMS);
  const system = named(SYSTEMS);
  if (program === null && system === null) return "a program that we do not know";
  return `${program ?? "a program that we do not know"} on ${system ?? "a system that we do not know"}`;
}
