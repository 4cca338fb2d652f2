/** HTML that is safe to send as it is. Made by `html` only. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The one way to make HTML here: what is put into the template is escaped unless it is itself Markup, so that nothing that came
 * from outside (a subject, an address, a link) can become a tag or leave its attribute. Attributes must be quoted.
 */
export function html(template: readonly string[], ...values: (string | number | Markup | Markup[])[]): Markup {
  const filled = template.map((part, index) => part + (index < values.length ? textOf(values[index] ?? "") : ""));
  return new Markup(filled.join(""));
}

function textOf(value: string | number | Markup | Markup[]): string {
  if (Array.isArray(value)) return value.map((markup) => markup.text).join("");
  return value instanceof Markup ? value.text : escapeHtml(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
