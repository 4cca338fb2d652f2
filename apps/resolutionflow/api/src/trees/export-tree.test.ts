import fc from "fast-check";
import { expect, test } from "vitest";
import { attachment, exportTree } from "./export-tree.ts";
import type { Tree } from "./tree.ts";
import { line, prose, validTree } from "./trees.arbitrary.ts";
import { createTree } from "./trees.contract.ts";

const printer: Tree = {
  root: "look",
  nodes: [
    { id: "look", kind: "action", text: "Look at the printer.", next: "lamp" },
    {
      id: "lamp",
      kind: "question",
      text: "Is the lamp on?\nThe green one.",
      answers: [
        { label: "Yes", next: "spooler" },
        { label: "No", next: "plug" },
      ],
    },
    { id: "spooler", kind: "action", text: "Restart the spooler.", next: "prints" },
    { id: "prints", kind: "answer", text: "It prints." },
    { id: "plug", kind: "answer", text: "Plug it in." },
  ],
};
const content = { title: "Printer does *not* print", description: "For floor 2.\n\nAsk first.", tree: printer };

test("the Markdown of a tree is a list of steps that branches at each question", () => {
  expect(exportTree(content, "markdown")).toEqual({
    mediaType: "text/markdown",
    fileName: "printer-does-not-print.md",
    text: `# Printer does \\*not\\* print

For floor 2.

Ask first.

1. **Action:** Look at the printer.
2. **Question:** Is the lamp on?\\
   The green one.
   - **Yes**
     1. **Action:** Restart the spooler.
     2. **Answer:** It prints.
   - **No**
     1. **Answer:** Plug it in.
`,
  });
});

test("from the tenth step on, what belongs to a step stands two digits in", () => {
  const steps: Tree = {
    root: "s1",
    nodes: [
      ...Array.from({ length: 9 }, (_, index) => ({ id: `s${index + 1}`, kind: "action", text: "Wait.", next: `s${index + 2}` }) as const),
      {
        id: "s10",
        kind: "question",
        text: "Done?",
        answers: [
          { label: "Yes", next: "y" },
          { label: "No", next: "n" },
        ],
      },
      { id: "y", kind: "answer", text: "Good." },
      { id: "n", kind: "answer", text: "Call." },
    ],
  };
  expect(exportTree({ title: "Wait", description: null, tree: steps }, "markdown").text).toContain(
    "\n9. **Action:** Wait.\n10. **Question:** Done?\n    - **Yes**\n      1. **Answer:** Good.\n    - **No**\n",
  );
});

test("every node is in the Markdown, once", () => {
  fc.assert(
    fc.property(validTree, (tree) => {
      const { text } = exportTree({ title: "All", description: null, tree }, "markdown");
      expect(text.match(/^ *\d+\. \*\*(?:Question|Action|Answer):\*\* /gm)).toHaveLength(tree.nodes.length);
    }),
  );
});

test("what the JSON export gives is taken again, whatever it was, and is no larger than what was sent", () => {
  fc.assert(
    fc.property(validTree, line, fc.option(prose), fc.array(prose, { minLength: 1 }), (bare, title, description, texts) => {
      const nodes = bare.nodes.map((node, index) => ({ ...node, text: texts[index % texts.length] ?? "" }));
      const sent = { title, description, root: bare.root, nodes };
      const kept = createTree.body.parse(sent);
      const file = exportTree({ ...kept, tree: kept }, "json").text;
      expect(createTree.body.parse(JSON.parse(file))).toEqual(kept);
      expect(file.length).toBeLessThanOrEqual(JSON.stringify(sent).length);
    }),
  );
});

test("a node's fields stand in one order, whatever order they were stored in", () => {
  const stored: Tree = {
    root: "a",
    nodes: [
      { text: "Wait.", next: "b", kind: "action", id: "a" },
      { text: "Done.", kind: "answer", id: "b" },
    ],
  };
  expect(exportTree({ title: "T", description: null, tree: stored }, "json").text).toBe(
    '{"title":"T","root":"a","nodes":[{"id":"a","kind":"action","text":"Wait.","next":"b"},{"id":"b","kind":"answer","text":"Done."}]}',
  );
});

test.each([
  ["a plain title", "VPN drops", "vpn-drops.json"],
  ["a way out of the folder", "../../etc/passwd", "etc-passwd.json"],
  ["a title that would end the header's string", 'a"; filename="b', "a-filename-b.json"],
  ["a title in another script", "プリンタ 故障", "プリンタ-故障.json"],
  ["a title that turns the reading direction, to look like another ending", "gnp\u202e.exe", "gnp-exe.json"],
  ["a title of signs only", "???", "tree.json"],
  ["a title of 200 characters", "x".repeat(200), `${"x".repeat(80)}.json`],
])("a file's name is only a name: %s", (_, title, name) => {
  expect(exportTree({ title, description: null, tree: printer }, "json").fileName).toBe(name);
});

test.each([
  ["a name in ASCII", "vpn.md", 'attachment; filename="vpn.md"'],
  ["a name in another script", "é-故障.md", "attachment; filename=\"_-_.md\"; filename*=UTF-8''%C3%A9-%E6%95%85%E9%9A%9C.md"],
])("%s is told to every browser", (_, name, header) => expect(attachment(name)).toBe(header));

test("no title makes a header that is not one line of ASCII", () => {
  fc.assert(
    fc.property(line, (title) => {
      const { fileName } = exportTree({ title, description: null, tree: printer }, "markdown");
      expect(attachment(fileName)).toMatch(/^attachment; filename="[^"\\\r\n]+"(?:; filename\*=UTF-8''[A-Za-z0-9%._-]+)?$/);
    }),
  );
});
