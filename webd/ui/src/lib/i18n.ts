// SPDX-License-Identifier: GPL-3.0-or-later
// All words of the page come from lang/<language>.json, one language at a time. Keys are
// checked against English when the page is built, and what a language lacks is put in. {name} in a text is a parameter; keys that end in
// .one, .few, .many, .other are chosen by the language's own rule for numbers.
import type { ComponentChildren } from "preact";
import { recall, remember, Store } from "./store";

type Words = typeof import("../../lang/en.json");
export type Key = Exclude<keyof Words, "default">;
type PluralOf<K> = K extends `${infer Base}.other` ? Base : never;
export type PluralKey = PluralOf<Key>;
export type Params = Record<string, string | number>;

declare const LANGUAGES: Record<string, string>;
export const languages = LANGUAGES;

export const language = new Store("en");
let words: Partial<Record<string, string>> = {};	/* what the language lacks is English there */

function fill(text: string, params?: Params): string {
	if (!params) return text;
	return text.replace(/\{(\w+)\}/g, (all, name: string) => {
		const value = params[name];
		return value === undefined ? all : String(value);
	});
}

function find(key: string): string | undefined {
	return words[key];
}

export function t(key: Key, params?: Params): string {
	return fill(find(key) ?? key, params);
}

/** A key made at run time, from a state or a code; undefined when nobody wrote a text. */
export function maybe(key: string, params?: Params): string | undefined {
	const text = find(key);
	return text === undefined ? undefined : fill(text, params);
}

/** A text with a number in it: plural(…, 3) takes the form for three. */
export function plural(key: PluralKey, n: number, params?: Params): string {
	const form = new Intl.PluralRules(language.value).select(n);
	const text = find(`${key}.${form}`) ?? find(`${key}.other`) ?? key;
	return fill(text, { n: number(n), ...params });
}

/** Like t(), with elements in place of parameters. */
export function rich(key: Key, parts: Record<string, ComponentChildren>): ComponentChildren[] {
	return (find(key) ?? key).split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? parts[piece] : piece));
}

export function number(n: number, digits = 0): string {
	return new Intl.NumberFormat(language.value, {
		minimumFractionDigits: digits,
		maximumFractionDigits: digits,
	}).format(n);
}

function wanted(): string {
	const chosen = recall("language");
	if (chosen && chosen in languages) return chosen;
	for (const tag of navigator.languages ?? []) {
		const base = tag.split("-")[0] ?? "";
		if (base in languages) return base;
	}
	return "en";
}

async function fetchWords(name: string): Promise<Partial<Record<string, string>>> {
	const answer = await fetch(`lang/${name}.json`);
	if (!answer.ok) throw new Error(`lang/${name}.json: ${answer.status}`);
	return answer.json();
}

let more = false;		/* the words of rooms are wanted, too */

async function fetchAll(name: string): Promise<Partial<Record<string, string>>> {
	if (!more) return fetchWords(name);
	const [first, rest] = await Promise.all([fetchWords(name), fetchWords(`${name}.more`)]);
	return { ...first, ...rest };
}

/** Better in English than not at all. */
async function fetchOwn(name: string): Promise<Partial<Record<string, string>>> {
	try {
		return await fetchAll(name);
	} catch (e) {
		if (name === "en") throw e;
		return fetchAll("en");
	}
}

export async function loadLanguage(): Promise<void> {
	const name = wanted();
	words = await fetchOwn(name);
	document.documentElement.lang = name;
	language.set(name);
}

/** Before a room is shown that has words of its own. */
export async function roomWords(): Promise<void> {
	if (more) return;
	more = true;
	try {
		await loadLanguage();
	} catch (e) {
		more = false;
		throw e;
	}
}

export async function chooseLanguage(name: string): Promise<void> {
	remember("language", name);
	await loadLanguage();
}
