/** A tree as it is sent in. */
export const treeBody = (title = "The printer is silent") => ({
  title,
  root: "on",
  nodes: [
    {
      id: "on",
      kind: "question",
      text: "Is the lamp on?",
      answers: [
        { label: "Yes", next: "cable" },
        { label: "No", next: "plug" },
      ],
    },
    { id: "plug", kind: "action", text: "Plug it in.", next: "done" },
    { id: "cable", kind: "answer", text: "Change the cable." },
    { id: "done", kind: "answer", text: "It prints." },
  ],
});
