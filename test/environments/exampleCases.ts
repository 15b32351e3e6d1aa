/** What examples/web is tried for: digits that are drawn with a mouse, and a photo in a page and in Node. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "./browser.js";
import { withPage, type Case } from "./cases.js";
import type { Project } from "./project.js";
import { policy, serveSite } from "./site.js";
import { DEV } from "./viteCases.js";

/** As one draws them on a canvas of 280×280. */
const DRAWN: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  0: Array.from({ length: 25 }, (_, i): readonly [number, number] => {
    const angle = (2 * Math.PI * i) / 24;
    return [Math.round(140 + 55 * Math.sin(angle)), Math.round(140 - 75 * Math.cos(angle))];
  }),
  1: [...along([150, 60], [135, 220])],
  2: [
    ...along([90, 100], [110, 70], [150, 60], [180, 85], [175, 120], [90, 215]),
    ...along([90, 215], [195, 212]),
  ],
  7: [...along([85, 75], [195, 75], [125, 220])],
};

/** Points of a line, as a mouse gives them. */
function along(...corners: readonly (readonly [number, number])[]) {
  return corners.slice(1).flatMap((to, i) => {
    const from = corners[i]!;
    const at = (k: number, part: number): number =>
      Math.round(from[k]! + (to[k]! - from[k]!) * part);
    return Array.from({ length: 9 }, (_, j) => [at(0, j / 8), at(1, j / 8)] as const);
  });
}

async function drawDigits(page: Page): Promise<void> {
  await page.output();
  for (const [digit, points] of Object.entries(DRAWN)) {
    await page.evaluate(`document.querySelector("button").click()`);
    await page.draw(points);
    const said = await page.evaluate(`document.querySelector("output").textContent`);
    if (said !== `It is ${digit}`) throw new Error(`a drawn ${digit} is read so: ${String(said)}`);
  }
}

/** The example names weights that lie elsewhere in the repository. */
async function useOwnWeights({ edit }: Project): Promise<void> {
  for (const model of ["digits", "photo"])
    await edit(`${model}.tilewright.json`, /"[^"]*\.safetensors"/, '"lenet5.safetensors"');
}

/** What torchvision and PyTorch make of the photo: classes and their scores, the best first. */
interface Reference {
  readonly classes: readonly number[];
  readonly scores: readonly number[];
}

/** `three 90.1 %, eight 7.0 %, …`, a line each or not. */
function checkLabels(text: string, { classes, scores }: Reference, labels: readonly string[]) {
  const read = [...text.matchAll(/([a-z]+) ([\d.]+) %/g)];
  const wanted = classes.map((one) => labels[one]);
  const near = scores.every((score, i) => Math.abs(Number(read[i]?.[2]) / 100 - score) < 1e-3);
  if (near && read.map(([, label]) => label).join() === wanted.join()) return;
  throw new Error(
    `the photo is read as ${text}, and by PyTorch as ${wanted.join()}, ${scores.join()}`,
  );
}

async function photoReader({ folder }: Project): Promise<(text: string) => void> {
  const file = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const reference = JSON.parse(await file("reference.json")) as Reference;
  const labels = (await file("labels.txt")).trim().split("\n");
  return (text) => {
    checkLabels(text, reference, labels);
  };
}

export const example: readonly Case[] = [
  {
    title: "digits drawn with the mouse are read, dev server",
    inBrowser: true,
    async run(at) {
      await useOwnWeights(at.project);
      await at.project.serve(DEV, (origin) => withPage(at, origin, drawDigits));
      return [];
    },
  },
  {
    title: "digits drawn with the mouse are read, built",
    inBrowser: true,
    async run(at) {
      await at.project.run("npm run build -- --base /sub/");
      const site = { base: "/sub/", csp: policy(true) };
      await serveSite(join(at.project.folder, "dist"), site, (address) =>
        withPage(at, address, drawDigits),
      );
      return [];
    },
  },
  {
    title: "a photo has PyTorch's labels, in a page",
    inBrowser: true,
    async run(at) {
      const check = await photoReader(at.project);
      const site = { base: "/sub/", csp: policy(true) };
      await serveSite(join(at.project.folder, "dist"), site, (address) =>
        withPage(at, new URL("picture.html", address).href, async (page) => {
          check(await page.output());
        }),
      );
      return [];
    },
  },
  {
    title: "what a camera sees has labels, in a page",
    inBrowser: true,
    async run(at) {
      const site = { base: "/sub/", csp: policy(true) };
      await serveSite(join(at.project.folder, "dist"), site, (address) =>
        withPage(at, new URL("camera.html", address).href, async (page) => {
          const text = await page.output();
          const labels = text.match(/\b[a-z]{3,5} \d+\.\d %/g) ?? [];
          if (labels.length !== 5) throw new Error(`the camera's picture is read as ${text}`);
        }),
      );
      return [];
    },
  },
  {
    title: "a photo has PyTorch's labels, in Node from a JPEG",
    async run({ project }) {
      await project.run("tilewright build photo.model.ts --js --standalone");
      (await photoReader(project))(await project.run("node read.js photo.jpg"));
      return [];
    },
  },
];
