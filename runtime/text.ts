/** Names and lists in texts of errors: short, however long they are in a model, and unable to steer a terminal. */

const LONGEST_NAME = 60;
const MOST_LISTED = 8;

/** In quotes, cut where it is long. */
export function quote(name: string): string {
  return printable(JSON.stringify(cut(name, LONGEST_NAME)));
}

/** A name without quotes. */
export function short(name: string, most: number = LONGEST_NAME): string {
  return printable(cut(name, most));
}

/** `a, b, c`, or of many the first and how many more there are. */
export function list<Item>(
  items: readonly Item[],
  show: (item: Item) => string,
  separator: string = ", ",
): string {
  const shown = items.slice(0, MOST_LISTED).map(show).join(separator);
  const more = items.length - MOST_LISTED;
  return more > 0 ? `${shown}${separator}… (${more} more)` : shown;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
