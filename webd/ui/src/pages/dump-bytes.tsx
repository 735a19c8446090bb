// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a backup: scroll, go to an offset, search for text or bytes.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { query as params, request } from "../lib/api";
import { Bytes, parseOffset } from "../lib/bytes";
import { dumpMap } from "../lib/data";
import { bytes as size, hex } from "../lib/format";
import { useAction, useAdmin } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import type { Dump, Hits } from "../lib/types";
import { Card, ErrorNote, Field, Note } from "../parts/basics";
import { regionAt, regionName } from "../parts/flash-map";
import { HexView, type Mark } from "../parts/hex-view";
import { Icon } from "../parts/icon";

const REMEMBER_MS = 400;

export function DumpBytes({ dump, query }: { dump: Dump; query: URLSearchParams }) {
	const admin = useAdmin();
	const bytes = useMemo(() => new Bytes(dump.id, dump.size), [dump.id]);
	const wish = query.get("at") ?? "";
	const first = Math.min(parseOffset(wish) ?? 0, dump.size - 1);
	const [at, setAt] = useState({ offset: first });
	const [marks, setMarks] = useState<Mark[]>([]);
	const [top, setTop] = useState(0);
	useEffect(() => () => bytes.close(), [bytes]);
	useEffect(() => {
		setAt({ offset: first });
		const n = Number(query.get("n") ?? 0);
		if (n > 0) setMarks([{ offset: first, size: n, now: true }]);
	}, [wish]);
	// The address of what is on screen, for a reload or a bookmark.
	useEffect(() => {
		const timer = setTimeout(() => {
			if (top !== first) history.replaceState(null, "", `${link("dumps", dump.id, "bytes")}?at=${hex(top)}`);
		}, REMEMBER_MS);
		return () => clearTimeout(timer);
	}, [top]);
	if (!admin) return <Note tone="calm"><p>{t("hex.viewer")}</p></Note>;
	return (
		<Card title={t("hex.title")}>
			<div class="filters">
				<GoTo size={dump.size} go={(offset) => setAt({ offset })} />
				<Search dump={dump} from={top} show={(all, now) => {
					setMarks(all);
					if (now) setAt({ offset: now.offset });
				}} />
			</div>
			<Where dump={dump} at={top} />
			<HexView bytes={bytes} marks={marks} at={at} moved={setTop} label={t("hex.region")} />
		</Card>
	);
}

function Where({ dump, at }: { dump: Dump; at: number }) {
	const map = useResource(dumpMap(String(dump.id))).value;
	const region = map && regionAt(map, at);
	return (
		<p class="flash-said">
			{map && region && <span class={`swatch flash-${region.kind}`} />}
			<span>{t("hex.where", { at: hex(at, 6), name: map && region ? regionName(map, region) : "–", size: size(dump.size) })}</span>
		</p>
	);
}

function GoTo({ size: most, go }: { size: number; go: (offset: number) => void }) {
	const [typed, setTyped] = useState("");
	const [wrong, setWrong] = useState("");
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			const offset = parseOffset(typed);
			if (offset === undefined || offset >= most) {
				setWrong(t("hex.goto-wrong", { last: hex(most - 1) }));
				return;
			}
			setWrong("");
			go(offset);
		}}>
			<Field id="hex-goto" label={t("hex.goto")} error={wrong}>
				<div class="with-button">
					<input id="hex-goto" value={typed} placeholder="0x1000" autocomplete="off" spellcheck={false} onInput={(ev) => setTyped(ev.currentTarget.value)} />
					<button class="button quiet square" aria-label={t("hex.goto-go")}><Icon name="play" size={18} /></button>
				</div>
			</Field>
		</form>
	);
}

/** Hits as they come, 100 at a time; "now" is the one that is shown. */
function Search({ dump, from, show }: { dump: Dump; from: number; show: (all: Mark[], now: Mark | undefined) => void }) {
	const [how, setHow] = useState<"text" | "hex">("text");
	const [typed, setTyped] = useState("");
	const [found, setFound] = useState<{ word: string; hits: Mark[]; next: number | null; now: number } | undefined>(undefined);
	const action = useAction();
	const asked = useRef("");
	const ask = (at: number) => request<Hits>("GET", `dumps/${dump.id}/search${params({ [how]: typed, from: at })}`);
	const choose = (hits: Mark[], next: number | null, now: number, word: string) => {
		const marks = hits.map((h, i) => ({ offset: h.offset, size: h.size, now: i === now }));
		setFound({ word, hits: marks, next, now });
		show(marks, marks[now]);
	};
	const word = `${how} ${typed}`;
	const find = () => void action.run(async () => {
		asked.current = word;
		const answer = await ask(0);
		if (asked.current !== word) return;
		const hits = answer.hits.map((h) => ({ offset: h.offset, size: h.size }));
		const near = hits.findIndex((h) => h.offset >= from);
		choose(hits, answer.next, near < 0 ? 0 : near, word);
	});
	const step = (by: number) => void action.run(async () => {
		if (!found) return;
		let { hits, next } = found;
		const to = found.now + by;
		if (to >= hits.length && next !== null) {
			const answer = await ask(next);
			hits = [...hits, ...answer.hits.map((h) => ({ offset: h.offset, size: h.size }))];
			next = answer.next;
		}
		choose(hits, next, hits.length === 0 ? 0 : (to + hits.length) % hits.length, found.word);
	});
	const fresh = found && found.word === word ? found : undefined;
	return (
		<form class="hex-search" onSubmit={(ev) => {
			ev.preventDefault();
			if (typed === "") return;
			if (fresh) step(1);
			else find();
		}}>
			<Field id="hex-search" label={t("hex.search")}>
				<div class="with-select">
					<select aria-label={t("hex.how")} value={how} onChange={(ev) => setHow(ev.currentTarget.value as "text" | "hex")}>
						<option value="text">{t("hex.how-text")}</option>
						<option value="hex">{t("hex.how-hex")}</option>
					</select>
					<input id="hex-search" type="search" value={typed} maxLength={200} autocomplete="off" spellcheck={false} placeholder={how === "hex" ? "a5 ff 5a" : ""} onInput={(ev) => setTyped(ev.currentTarget.value)} />
				</div>
			</Field>
			<div class="state-line">
				<button class="button small" disabled={action.busy || typed === ""}><Icon name="search" size={16} />{t(fresh && fresh.hits.length > 0 ? "hex.next" : "hex.find")}</button>
				{fresh && fresh.hits.length > 0 && <button type="button" class="button small" disabled={action.busy} onClick={() => step(-1)}>{t("hex.previous")}</button>}
				<span role="status">
					{fresh && (fresh.hits.length === 0
						? t("hex.nothing")
						: t("hex.hit", { i: number(fresh.now + 1), n: number(fresh.hits.length) + (fresh.next !== null ? "+" : "") }))}
				</span>
			</div>
			{action.error && <ErrorNote error={action.error} />}
		</form>
	);
}
