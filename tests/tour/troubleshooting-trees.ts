import * as trees from "../../apps/resolutionflow/api/src/trees/trees.contract.ts";
import type { Customer, Tour, Tree } from "./cast.ts";
import { mustBe, mustExist, mustHold } from "./must.ts";
import { sayRefusal } from "./words.ts";

const PRINTER = {
  title: "The printer does not print",
  description: "First line, about five minutes.",
  root: "power",
  nodes: [
    {
      id: "power",
      kind: "question" as const,
      text: "Is the display of the printer lit?",
      answers: [
        { label: "Yes", next: "queue" },
        { label: "No", next: "plug" },
      ],
    },
    { id: "plug", kind: "action" as const, text: "Plug it in and switch it on.", next: "lit" },
    { id: "lit", kind: "answer" as const, text: "It had no power." },
    { id: "queue", kind: "action" as const, text: "Delete the jobs that wait and print again.", next: "printed" },
    { id: "printed", kind: "answer" as const, text: "A job had got stuck." },
  ],
};
const MARKDOWN_LINES_SHOWN = 9;

/** The product is used before the address is verified: within the grace nothing is held back. */
export async function useTrees(tour: Tour, ada: Customer): Promise<Tree> {
  tour.chapter(`${ada.name} uses the product, her address not yet verified`);
  const kept = await tour.step("Draws a tree; a request that is sent twice with one Idempotency-Key keeps one tree", async (say) => {
    const once = await ada.laptop.call(trees.createTree, { body: PRINTER }, { idempotencyKey: "tour-first-tree" });
    const again = await ada.laptop.call(trees.createTree, { body: PRINTER }, { idempotencyKey: "tour-first-tree" });
    mustBe("the second answer", once, again);
    mustBe("version", 1, once.version);
    say(`"${once.title}", ${once.node_count} nodes, version ${once.version}`);
    return once;
  });
  await tour.step("Reads it, and finds it in the list", async (say) => {
    mustBe("GET /trees/{id}", kept, await ada.laptop.call(trees.readTree, { params: { id: kept.id } }));
    const { items } = await ada.laptop.call(trees.listTrees, { query: {} });
    mustBe(
      "the ids in the list",
      [kept.id],
      items.map(({ id }) => id),
    );
    say(...items.map(({ title, version }) => `${title}, version ${version}`));
  });
  const edited = await edit(tour, ada, kept);
  await refuseBroken(tour, ada);
  await tour.step("Exports it as Markdown", async (say) => {
    const markdown = await ada.laptop.call(trees.exportTree, { params: { id: kept.id }, query: { format: "markdown" } });
    mustHold("the first line", `# ${edited.title}`, markdown.slice(0, 80), markdown.startsWith(`# ${edited.title}\n`));
    for (const { text } of edited.nodes) mustHold("the export", `"${text}" in it`, markdown, markdown.includes(text));
    const lines = markdown.trimEnd().split("\n");
    say(...lines.slice(0, MARKDOWN_LINES_SHOWN), ...(lines.length > MARKDOWN_LINES_SHOWN ? ["..."] : []));
  });
  return edited;
}

async function edit(tour: Tour, ada: Customer, read: Tree): Promise<Tree> {
  const params = { id: read.id };
  const edited = await tour.step("Edits it with the version that she read", async (say) => {
    const body = { ...PRINTER, version: read.version, title: "The printer stays silent" };
    const tree = await ada.laptop.call(trees.editTree, { params, body });
    mustBe("version", read.version + 1, tree.version);
    mustBe("title", body.title, tree.title);
    say(`"${tree.title}", version ${tree.version}`);
    return tree;
  });
  await tour.step("A stale edit, from another tab, is refused and changes nothing", async (say) => {
    const body = { ...PRINTER, version: read.version, title: "An older thought" };
    const problem = await ada.laptop.refused(trees.editTree, { params, body }, 409, "tree_changed");
    mustBe("the version that the refusal names", edited.version, problem["version"]);
    mustBe("the tree afterwards", edited, await ada.laptop.call(trees.readTree, { params }));
    say(...sayRefusal(problem));
  });
  return edited;
}

async function refuseBroken(tour: Tour, ada: Customer): Promise<void> {
  await tour.step("A drawing that runs in a circle is no tree, and is not kept", async (say) => {
    const nodes = PRINTER.nodes.map((node) => (node.id === "plug" ? { ...node, next: "power" } : node));
    const problem = await ada.laptop.refused(trees.createTree, { body: { ...PRINTER, nodes } }, 422, "tree_invalid");
    const problems = mustExist("`problems` of the refusal", problem.problems);
    mustHold(
      "`problems`",
      "body.nodes.1.next among them",
      problems,
      problems.some(({ at }) => at === "body.nodes.1.next"),
    );
    say(...sayRefusal(problem));
  });
}
