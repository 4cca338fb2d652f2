import { expect, test } from "vitest";
import { ownPath } from "./return-to.ts";

test.each(["/", "/billing", "/trees/1?tab=a&b=%2F%2Fe#top", "/a//b"])("%s is a path of ours", (path) => expect(ownPath(path)).toBe(path));

test.each([
  null,
  undefined,
  "",
  "billing",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "https:evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "/\t/evil.example",
  "\t//evil.example",
  "/\r\nset-cookie: a=b",
  "/ /e",
  "/\u2028",
  "app@evil.example",
  `/${"a".repeat(500)}`,
])("CS-7: %j is not, and leads to the default", (path) => expect(ownPath(path)).toBeNull());
