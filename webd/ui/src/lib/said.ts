// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemons say, in the language of the page. They speak English, and tell with
// each sentence its template and its parameters; lang/xx.messages.json has the template's
// translation. It is loaded when the first sentence is to be shown. What nobody translated
// stays as it came. Rows of older versions have no template: their sentence is held
// against all that there are.
import { language } from "./i18n";
import { Store } from "./store";
import type { Said } from "./types";

declare const MESSAGES: readonly string[];	/* languages that have such a file */

interface Pattern {
	at: RegExp;
	fixed: number;		/* characters that are no parameter: more of them, a better match */
	longest: string;	/* its longest fixed piece, to pass over it quickly */
	to: string;
	groups: number[];	/* the number of each group's first parameter */
}

/** Grows when sentences can be shown that could not be before; the page draws anew. */
export const saidMore = new Store(0);

const DEPTH = 4;
const LONGEST = 2000;	/* no daemon says more at once */
const KEPT = 500;

let loaded = "";		/* the language of what follows, also while it is on its way */
let whole = new Map<string, string>();
let sentences = new Map<string, string>();	/* by the sentence as it stands in the sources */
let patterns: Pattern[] = [];
const known = new Map<string, string>();

function patternOf(text: string, to: string): Pattern {
	// Parameters without a word between them cannot be told apart: they are one.
	const pieces = text.split(/(?:\{\d+\})+/);
	const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
	return {
		at: new RegExp(`^${escaped.join("([\\s\\S]*?)")}$`),
		fixed: pieces.join("").length,
		longest: pieces.reduce((a, b) => (b.length > a.length ? b : a)),
		to,
		groups: [...text.matchAll(/(?:\{\d+\})+/g)].map(([run]) => Number.parseInt(run.slice(1), 10)),
	};
}

function take(all: Record<string, string>): void {
	whole = new Map();
	sentences = new Map(Object.entries(all));
	patterns = [];
	for (const [text, to] of Object.entries(all)) {
		if (to === "") continue;
		if (/\{\d+\}/.test(text)) patterns.push(patternOf(text, to));
		else whole.set(text, to);
	}
	// The first that fits is the one with the most words of its own.
	patterns.sort((a, b) => b.fixed - a.fixed);
	known.clear();
	saidMore.set(saidMore.value + 1);
}

async function load(name: string): Promise<void> {
	loaded = name;
	take({});
	if (!MESSAGES.includes(name)) return;
	try {
		const answer = await fetch(`lang/${name}.messages.json`);
		const all = answer.ok ? ((await answer.json()) as Record<string, string>) : {};
		if (loaded === name) take(all);
	} catch {
		// Offline: English until the page is loaded anew.
	}
}

function parameter(found: RegExpExecArray, group: number, depth: number): string {
	return group < 0 ? "" : translated(found[group + 1] ?? "", depth + 1);
}

/** By a pattern that all of it fits; undefined when there is none. */
function matched(text: string, depth: number): string | undefined {
	for (const { at, longest, to, groups } of patterns) {
		if (!text.includes(longest)) continue;
		const found = at.exec(text);
		if (found) return to.replace(/\{(\d+)\}/g, (_, i) => parameter(found, groups.indexOf(Number(i)), depth));
	}
	return undefined;
}

/** "context: sentence", and lists of words. */
function inPieces(text: string, depth: number): string {
	for (let at = text.indexOf(": "); at >= 0; at = text.indexOf(": ", at + 2)) {
		const behind = text.slice(at + 2);
		const better = translated(behind, depth + 1);
		if (better !== behind) return `${translated(text.slice(0, at), depth + 1)}: ${better}`;
	}
	if (/^[a-z]+(, [a-z]+)+$/.test(text)) return text.split(", ").map((word) => whole.get(word) ?? word).join(", ");
	return text;
}

function translated(text: string, depth: number): string {
	if (depth > DEPTH || text.length > LONGEST || !/[a-z]{2}/.test(text)) return text;
	return whole.get(text) ?? matched(text, depth) ?? inPieces(text, depth);
}

/** What was put in: a sentence that was taken apart as well, a word, or a text. */
function putIn(parts: Said, i: number, depth: number): string {
	const within = parts.inner?.find((part) => part.param === i);
	const param = parts.params[i] ?? "";
	return (within && fromParts(within, depth + 1)) ?? translated(param, depth + 1);
}

function filled(to: string, parts: Said, depth: number): string {
	return to.replace(/\{(\d+)\}/g, (_, i) => putIn(parts, Number(i), depth));
}

/** "{0}: {1}" has no word of its own to translate, only what was put in. */
function translation({ template, params }: Said): string | undefined {
	const slots = template.match(/\{\d+\}/g)?.length ?? 0;
	return sentences.get(template) ?? (slots > params.length || /[A-Za-z]{2}/.test(template) ? undefined : template);
}

/** By its template; undefined where that has no translation. */
function fromParts(parts: Said, depth: number): string | undefined {
	const { template } = parts;
	const to = translation(parts);
	if (depth > DEPTH || !template) return undefined;
	if (to) return filled(to, parts, depth);
	// "context: sentence", where the context comes from another place.
	for (let at = template.indexOf(": "); at >= 0; at = template.indexOf(": ", at + 2)) {
		const context = template.slice(0, at);
		const before = context.match(/\{\d+\}/g)?.length ?? 0;
		const behind = template.slice(at + 2).replace(/\{(\d+)\}/g, (_, i) => `{${Number(i) - before}}`);
		const better = sentences.get(behind);
		if (!better) continue;
		const rest = {
			template: behind,
			params: parts.params.slice(before),
			inner: parts.inner?.filter((p) => p.param >= before).map((p) => ({ ...p, param: p.param - before })),
		};
		return `${fromParts({ ...parts, template: context }, depth + 1) ?? filled(context, parts, depth)}: ${filled(better, rest, depth)}`;
	}
	return undefined;
}

/** False while no sentence of this language can be shown: its file is loaded then. */
function ready(): boolean {
	const name = language.value;
	if (loaded !== name) {
		// Not while a part of the page is being drawn.
		loaded = name;
		queueMicrotask(() => void load(name));
		return false;
	}
	return sentences.size > 0;
}

/** A sentence of the daemons, with its parameters where they told them. Those of older
 * versions did not: then it is looked at whole. */
export function said(text: string, parts?: Said | null): string {
	if (text === "" || !ready()) return text;
	const better = parts ? fromParts(parts, 0) : undefined;
	if (better !== undefined) return better;
	let found = known.get(text);
	if (found === undefined) {
		found = translated(text, 0);
		if (known.size >= KEPT) known.clear();
		known.set(text, found);
	}
	return found;
}

/** What was put into a sentence at {i}. */
export function saidParam(parts: Said, i: number): string {
	return ready() ? putIn(parts, i, 0) : parts.params[i] ?? "";
}

/** An error of the API. */
export function saidError(error: { message: string } & Partial<Said>): string {
	const { template = "", params = [], inner } = error;
	return said(error.message, { template, params, inner });
}
