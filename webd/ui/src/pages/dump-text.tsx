// SPDX-License-Identifier: GPL-3.0-or-later
// The text inside a backup, page by page.
import { useEffect, useState } from "preact/hooks";
import { type ApiError, asApiError, query as params, request } from "../lib/api";
import { dumpMap } from "../lib/data";
import { hex } from "../lib/format";
import { useAdmin } from "../lib/hooks";
import { plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import type { Dump, TextRun } from "../lib/types";
import { Card, ErrorNote, Field, Note } from "../parts/basics";
import { regionName } from "../parts/flash-map";

interface Page {
	strings: TextRun[];
	next: number | null;
}

const LENGTHS = [4, 6, 8, 12, 20];
const TYPING_MS = 250;

export function DumpText({ dump, query }: { dump: Dump; query: URLSearchParams }) {
	const admin = useAdmin();
	const map = useResource(dumpMap(String(dump.id))).value;
	const [search, setSearch] = useState("");
	const [min, setMin] = useState(6);
	const [part, setPart] = useState(query.get("from") ?? "");
	const [state, setState] = useState<{ list: TextRun[]; next: number | null } | undefined>(undefined);
	const [error, setError] = useState<ApiError | undefined>(undefined);
	const region = map?.regions.find((r) => String(r.offset) === part);
	const ask = (from: number, signal?: AbortSignal) => {
		const q: Record<string, string | number> = { min, from, limit: 200 };
		if (search.trim() !== "") q.search = search.trim();
		if (region) q.to = region.offset + region.size;
		return request<Page>("GET", `dumps/${dump.id}/strings${params(q)}`, { signal });
	};
	useEffect(() => {
		if (!admin || (part !== "" && !map)) return;
		const stop = new AbortController();
		const timer = setTimeout(() => {
			ask(region?.offset ?? 0, stop.signal).then((page) => {
				setError(undefined);
				setState({ list: page.strings, next: page.next });
			}, (e) => {
				if (!stop.signal.aborted) setError(asApiError(e));
			});
		}, TYPING_MS);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [search, min, part, map === undefined, dump.id, admin]);
	if (!admin) return <Note tone="calm"><p>{t("text.viewer")}</p></Note>;
	const more = () => {
		if (!state || state.next === null) return;
		ask(state.next).then((page) => setState({ list: [...state.list, ...page.strings], next: page.next }), (e) => setError(asApiError(e)));
	};
	return (
		<Card title={t("text.title")}>
			<div class="filters">
				<Field id="text-search" label={t("text.search")}>
					<input id="text-search" type="search" value={search} maxLength={200} autocomplete="off" spellcheck={false} onInput={(ev) => setSearch(ev.currentTarget.value)} />
				</Field>
				<Field id="text-part" label={t("text.part")}>
					<select id="text-part" value={region ? part : ""} onChange={(ev) => setPart(ev.currentTarget.value)}>
						<option value="">{t("text.everywhere")}</option>
						{map?.regions.filter((r) => r.kind !== "blank").map((r) => (
							<option key={r.offset} value={String(r.offset)}>{`${hex(r.offset, 6)} ${regionName(map, r)}`}</option>
						))}
					</select>
				</Field>
				<Field id="text-min" label={t("text.min")}>
					<select id="text-min" value={String(min)} onChange={(ev) => setMin(Number(ev.currentTarget.value))}>
						{LENGTHS.map((n) => <option key={n} value={String(n)}>{plural("text.chars", n)}</option>)}
					</select>
				</Field>
			</div>
			<p class="muted small">{t("text.secret")}</p>
			{error && <ErrorNote error={error} retry={() => setSearch(`${search} `)} />}
			{!state && !error && <div class="skeleton skeleton-block" aria-busy="true" />}
			{state && (
				<>
					<p class="muted" role="status">
						{state.list.length === 0 ? t("text.none") : plural("text.count", state.list.length) + (state.next !== null ? ` ${t("text.and-more")}` : "")}
					</p>
					<ul class="strings">
						{state.list.map((s) => (
							<li key={s.offset}>
								<a href={`${link("dumps", dump.id, "bytes")}?at=${hex(s.offset)}&n=${s.size}`}><code>{hex(s.offset, 6)}</code></a>
								<code class="wrap">{s.text}{s.size > s.text.length ? "…" : ""}</code>
							</li>
						))}
					</ul>
					{state.next !== null && <button type="button" class="button" onClick={more}>{t("more.next")}</button>}
				</>
			)}
		</Card>
	);
}
