import { call } from "./session.js";
import { onPress, part } from "./steps.js";

/**
 * A list that is read page by page into the `ul` with this id, `lineOf(item)` making a line of it. Beside it stand the button `{id}-more` in
 * the part `{id}-more-part`, and a part for what goes wrong.
 * @returns `show(path)` begins anew with that list; `items()` are those read by now; `put(item)` shows one in its line, or as the first;
 *   `drop(id)` takes one out
 */
export function listOf(id, troubleId, lineOf, onChange = () => {}) {
  let path = "";
  let cursor = null;
  let lines = new Map();

  const read = async () => {
    const page = await call(
      "GET",
      `${path}${path.includes("?") ? "&" : "?"}limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    cursor = page.next_cursor;
    for (const item of page.items) lines.set(item.id, item);
    draw();
  };
  const draw = () => {
    onChange();
    part(id).replaceChildren(...[...lines.values()].map(lineOf));
    part(`${id}-more-part`).hidden = cursor === null;
  };
  onPress(part(`${id}-more`), part(troubleId), read);
  return {
    items: () => [...lines.values()],
    async show(from) {
      path = from;
      cursor = null;
      lines = new Map();
      await read();
    },
    put(item) {
      lines = lines.has(item.id) ? lines.set(item.id, item) : new Map([[item.id, item], ...lines]);
      draw();
    },
    drop(itemId) {
      lines.delete(itemId);
      draw();
    },
  };
}
