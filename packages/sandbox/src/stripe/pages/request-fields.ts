/** What was asked is not as it must be, or cannot be: told to the caller as it is. */
export class PageRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  constructor(status: number, code: string, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
  }
}

export const invalid = (why: string): PageRefusal => new PageRefusal(422, "invalid_request", "The request is not as it must be.", why);

const TEXT_LENGTH_MAX = 200;

/** The fields of a JSON object or of a form, whose fields are all strings and may be left empty. */
export class RequestFields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #areStrings: boolean;

  /** @throws PageRefusal for what is no object, and for a field that is not among `known` */
  constructor(body: unknown, areStrings: boolean, known: readonly string[]) {
    // A post without a body asks for nothing in particular.
    const given = body ?? {};
    if (typeof given !== "object" || Array.isArray(given)) throw invalid(`Send a JSON object with ${known.join(", ") || "no field"}.`);
    this.#areStrings = areStrings;
    this.#values = new Map(Object.entries(given).filter(([, value]) => value !== null && !(areStrings && value === "")));
    for (const name of this.#values.keys()) if (!known.includes(name)) throw invalid(`${shortened(name)} is not a field of this request.`);
  }

  text(name: string): string | null {
    const value = this.#values.get(name);
    if (value === undefined) return null;
    if (typeof value !== "string" || value === "" || value.length > TEXT_LENGTH_MAX)
      throw invalid(`${name} must be a text of 1 to ${TEXT_LENGTH_MAX} characters.`);
    return value;
  }

  needText(name: string): string {
    const text = this.text(name);
    if (text === null) throw invalid(`${name} is missing.`);
    return text;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const text = this.text(name);
    if (text === null) return null;
    const choice = choices.find((known) => known === text);
    if (choice === undefined) throw invalid(`${name} is one of ${choices.join(", ")}.`);
    return choice;
  }

  whole(name: string, least: number, most: number): number | null {
    const given = this.#values.get(name);
    if (given === undefined) return null;
    const value = this.#areStrings && typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
      throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
    return value;
  }

  flag(name: string): boolean | null {
    const given = this.#values.get(name);
    if (given === undefined) return null;
    if (typeof given === "boolean") return given;
    if (this.#areStrings && (given === "true" || given === "false")) return given === "true";
    throw invalid(`${name} must be true or false.`);
  }

  texts(name: string, most: number): readonly string[] | null {
    const given = this.#values.get(name);
    if (given === undefined) return null;
    const list = this.#areStrings ? [given] : given;
    if (!Array.isArray(list) || list.length > most || !list.every((one) => typeof one === "string" && one.length <= TEXT_LENGTH_MAX))
      throw invalid(`${name} must be a list of at most ${most} texts.`);
    return list;
  }
}

const shortened = (name: string): string => (name.length > 40 ? `${name.slice(0, 40)}...` : name);
