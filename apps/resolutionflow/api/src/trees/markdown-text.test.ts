import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownLine, markdownProse } from "./markdown-text.ts";
import { prose } from "./trees.arbitrary.ts";

test.each([
  ["plain words stay as they are", "Is the lamp on? (green, 3.5 mm)", "Is the lamp on? (green, 3.5 mm)"],
  ["no heading", "# Free beer", "\\# Free beer"],
  ["no link", "[click](x)", "\\[click\\](x)"],
  ["no image", "![i](x)", "\\!\\[i\\](x)"],
  ["no HTML", "<script>x</script>", "\\<script\\>x\\</script\\>"],
  ["no entity that reads as HTML", "&lt;b&gt;", "\\&lt;b\\&gt;"],
  ["no emphasis, not even within a name", "my_file_1 **now**", "my\\_file\\_1 \\*\\*now\\*\\*"],
  ["no code that would swallow what follows", "a `b", "a \\`b"],
  ["no escape of our escapes", "\\[x]", "\\\\\\[x\\]"],
  ["no quote", "> said", "\\> said"],
  ["no bullet", "- one", "\\- one"],
  ["no bullet with a plus", "+ one", "\\+ one"],
  ["a dash within a line is a dash", "re-do - now", "re-do - now"],
  ["no numbered item", "12. twelve", "12\\. twelve"],
  ["no numbered item with a bracket", "1) one", "1\\) one"],
  ["no rule and no underline of a heading", "---", "\\---"],
  ["no underline of a heading", "===", "\\==="],
  ["no table", "a | b", "a \\| b"],
  ["no column of a table", ":-:", "\\:-:"],
  ["no fence", "~~~", "\\~\\~\\~"],
  ["an address is shown and not linked", "see https://example.com/a_b now", "see `https://example.com/a_b` now"],
  ["nor without its scheme", "www.example.com", "`www.example.com`"],
  ["nor with neither", "go to example.com.", "go to `example.com.`"],
  ["nor a mail address", "ask ada@example.com", "ask `ada@example.com`"],
  ["nor one behind a backslash", "ada\\@example.com", "`ada\\@example.com`"],
  ["an address with backticks ends no code", "`http://x`", "`` `http://x` ``"],
  ["a program's name is code", "restart spoolsv.exe", "restart `spoolsv.exe`"],
])("%s", (_, text, written) => expect(markdownLine(text)).toBe(written));

test("lines stay lines, and empty ones part paragraphs", () => {
  expect(markdownProse("one\ntwo\r\n\n\n  three\n", "   ")).toBe("one\\\n   two\n\n   three");
});

test("a line that begins a list begins none", () => {
  expect(markdownProse("Do:\n- this\n    indented\n# that", "")).toBe("Do:\\\n\\- this\\\nindented\\\n\\# that");
});

test("whatever a person writes, no mark is left bare outside of code", () => {
  fc.assert(
    fc.property(prose, (text) => {
      // Read from left to right, as a reader does: an escape, or code up to as many backticks as it began with.
      const bare = markdownProse(text, "").replaceAll(/\\\n|\\[!-/:-@[-`{-~]|(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, (read) =>
        read === "\\\n" ? "\n" : "x",
      );
      expect(bare).not.toMatch(/[\\`*_[\]<>&#|~${}@]|^ *(?:[-+=:]|\d+[.)])|\/\//m);
    }),
    { numRuns: 500 },
  );
});
