// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of a rescue, which of them a path has, and how far one is.
import { request } from "../lib/api";
import { rescue as rescueOf, rescues } from "../lib/data";
import type { Rescue, RescueStep } from "../lib/types";

export const STEPS: readonly RescueStep[] = [
	"happened", "photos", "adapter", "wire", "power", "ways", "identify", "save",
	"donor", "image", "checks", "write", "boot", "network", "home", "give",
];

/** With nothing to write, the way ends behind what is left: those steps do not come. */
const NEEDS_IMAGE: readonly RescueStep[] = ["image", "checks", "write", "boot", "network", "home"];

export function isStep(word: string | undefined): word is RescueStep {
	return (STEPS as readonly string[]).includes(word ?? "");
}

export function stepsOf(r: Rescue): readonly RescueStep[] {
	return r.answers.have === "nothing" && r.image === null ? STEPS.filter((s) => !NEEDS_IMAGE.includes(s)) : STEPS;
}

export function neighbour(r: Rescue, step: RescueStep, by: 1 | -1): RescueStep | undefined {
	const list = stepsOf(r);
	return list[list.indexOf(step) + by];
}

/** What keeps a person at a step; the key of a sentence, or undefined. */
export function hold(r: Rescue, step: RescueStep): Hold | undefined {
	switch (step) {
	case "happened":
		return r.answers.happened === "" || r.answers.have === "" ? "answer" : undefined;
	case "adapter":
		return r.port === "" ? "port" : r.answers.jumper === "" ? "jumper" : undefined;
	case "wire":
		return r.answers.wired === "" ? "wired" : undefined;
	case "ways":
		return r.jobs.identify === null ? "identify" : undefined;
	case "save":
		return r.jobs.save === null ? "save" : undefined;
	case "donor":
		return r.answers.have !== "nothing" && r.image === null ? "image" : undefined;
	case "write":
		return r.jobs.write === null ? "write" : undefined;
	default:
		return undefined;
	}
}

export type Hold = "answer" | "port" | "jumper" | "wired" | "identify" | "save" | "image" | "write" | "family" | "checks";

export async function say(r: Rescue, body: Record<string, string>): Promise<void> {
	const now = await request<Rescue>("PATCH", `rescues/${r.id}`, { body });
	rescueOf(r.id).patch(() => now);
	rescues().load();
}
