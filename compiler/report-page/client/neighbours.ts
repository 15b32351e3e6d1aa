/** Where the arrow keys lead from an item: along edges, and to what stands beside it. */
import type { Item, Picture } from "../items.js";
import type { Layout } from "../layout.js";

export function neighbours(
  { items, edges }: Picture,
  { spots }: Layout,
  item: Item,
): Readonly<Record<string, Item | undefined>> {
  const byId = new Map(items.map((one) => [one.id, one]));
  const here = spots.get(item.id)!;
  const order = items.indexOf(item);
  const beside = items
    .filter(({ id }) => Math.abs(spots.get(id)!.y - here.y) < here.height / 2)
    .toSorted((a, b) => spots.get(a.id)!.x - spots.get(b.id)!.x);
  const at = beside.indexOf(item);
  const ends = (of: "from" | "to", other: "from" | "to"): Item | undefined => {
    const found = edges.find((edge) => edge[of] === item.id);
    return found === undefined ? undefined : byId.get(found[other]);
  };
  return {
    ArrowDown: ends("from", "to") ?? items[order + 1],
    ArrowUp: ends("to", "from") ?? items[order - 1],
    ArrowRight: beside[at + 1] ?? items[order + 1],
    ArrowLeft: beside[at - 1] ?? items[order - 1],
    Home: items[0],
    End: items.at(-1),
  };
}
