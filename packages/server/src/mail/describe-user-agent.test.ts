import { expect, test } from "vitest";
import { describeUserAgent } from "./describe-user-agent.ts";

const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`, "Edge on Windows"],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/138.0.0.0 Safari/537.36`, "Chrome on Mac"],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Safari on Mac",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Safari on iPhone",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1",
    "Chrome on iPhone",
  ],
  [
    `Mozilla/5.0 (Linux; Android 15; SM-S931B) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    "Samsung Internet on Android",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/138.0.0.0 Safari/537.36`, "Chrome on ChromeOS"],
  ["SomeApp/3.1 (Windows NT 10.0)", "a program that we do not know on Windows"],
  ["Mozilla/5.0 (Haiku) Gecko/20100101 Firefox/140.0", "Firefox on a system that we do not know"],
  ["curl/8.5.0", "a program that we do not know"],
  [null, "a program that we do not know"],
])("%s", (userAgent, said) => expect(describeUserAgent(userAgent)).toBe(said));

test("nothing of a hostile header is repeated", () => {
  expect(describeUserAgent('Firefox/1 on http://evil.example/ <img src="x"> Windows')).toBe("Firefox on Windows");
});
