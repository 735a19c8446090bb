// SPDX-License-Identifier: GPL-3.0-or-later
// Two backups of one size side by side: bars, blocks by what they are for, bytes, text.
import { useEffect, useMemo, useState } from "preact/hooks";
import { request } from "../lib/api";
import { Bytes } from "../lib/bytes";
import { dumpMap, dumps } from "../lib/data";
import { bytes as size, hex, place, since } from "../lib/format";
import { useAction, useAdmin } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { resource, useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { useStore } from "../lib/store";
import type { Dump, DumpDiff as Diff, OnlyStrings } from "../lib/types";
import { Card, Empty, ErrorNote, Field, Note, Show } from "../parts/basics";
import { DiffPort } from "../parts/diff-port";
import { dumpName } from "../parts/dump-rows";
import { FlashBar } from "../parts/flash-map";
import { byteChar, byteText, cells, useRowBytes } from "../parts/hex-view";

const LISTED = 100;
const ROWS = 16;

export function DumpDiff({ dump, query }: { dump: Dump; query: URLSearchParams }) {
	const list = useResource(dumps()).value?.dumps;
	const fits = list?.filter((d) => d.id !== dump.id && d.size === dump.size && !d.missing) ?? [];
	const admin = useAdmin();
	const other = query.get("with") ?? "";
	const reading = admin && query.has("job");
	const chosen = fits.find((d) => String(d.id) === other);
	if (list && fits.length === 0) {
		return (
			<>
				<Empty icon="archive" title={t("diff.none")}><p>{t("diff.none-text", { size: size(dump.size) })}</p></Empty>
				{admin && <DiffPort dump={dump} query={query} />}
			</>
		);
	}
	return (
		<>
			{reading && <DiffPort dump={dump} query={query} />}
			<Card title={t("diff.title")}>
				<Field id="diff-with" label={t("diff.with")} hint={t("diff.with-hint", { size: size(dump.size) })}>
					<select
						id="diff-with"
						value={chosen ? other : ""}
						aria-describedby="diff-with-hint"
						onChange={(ev) => go(`${link("dumps", dump.id, "compare")}?with=${ev.currentTarget.value}`)}
					>
						<option value="">{t("diff.choose")}</option>
						{fits.map((d) => (
							<option key={d.id} value={String(d.id)}>
								{[t("dump.title", { id: d.id, name: dumpName(d) }), since(d.created_s), d.sha256 === dump.sha256 ? t("diff.same") : ""].filter(Boolean).join(" · ")}
							</option>
						))}
					</select>
				</Field>
				{chosen && (
					<Show key={chosen.id} of={resource<Diff>(`dumps/${dump.id}/diff?with=${chosen.id}`)}>
						{(diff) => <Bars a={dump} b={chosen} diff={diff} />}
					</Show>
				)}
			</Card>
			{chosen && <Details key={chosen.id} a={dump} b={chosen} />}
			{admin && !reading && !chosen && <DiffPort dump={dump} query={query} />}
		</>
	);
}

function className(name: string): string {
	return maybe(`diff.class.${name}`) ?? name;
}

function Bars({ a, b, diff }: { a: Dump; b: Dump; diff: Diff }) {
	const mapA = useResource(dumpMap(String(a.id))).value;
	const mapB = useResource(dumpMap(String(b.id))).value;
	const [atA, setAtA] = useState(0);
	const [atB, setAtB] = useState(0);
	const classes = Object.entries(diff.by_class).filter(([, n]) => n > 0);
	if (diff.differing === 0) return <Note tone="good"><p>{plural("diff.equal", diff.sectors)}</p></Note>;
	return (
		<>
			<p role="status">
				{plural("diff.summary", diff.differing, { all: number(diff.sectors), bytes: number(diff.bytes) })}{" "}
				{classes.length === 1 && classes[0]
					? t("diff.all-in", { class: className(classes[0][0]) })
					: classes.map(([name, n]) => `${className(name)}: ${number(n)}`).join(", ")}
			</p>
			<div class="diff-bars">
				<span class="small">{t("dump.title", { id: a.id, name: dumpName(a) })}</span>
				{mapA && <FlashBar map={mapA} at={atA} setAt={setAtA} label={t("diff.bar", { id: a.id })} />}
				<div class="diff-strip" aria-hidden="true">
					{diff.runs.map((r) => (
						<span key={r.offset} class={`diff-${r.class}`} style={place(r, diff.size)} />
					))}
				</div>
				{mapB && <FlashBar map={mapB} at={atB} setAt={setAtB} label={t("diff.bar", { id: b.id })} />}
				<span class="small">{t("dump.title", { id: b.id, name: dumpName(b) })}</span>
			</div>
			{diff.learned.volatile > 0 && <p class="muted small">{plural("diff.learned", diff.learned.volatile, { pairs: number(diff.learned.pairs) })}</p>}
			<ul class="legend">
				{classes.map(([name, n]) => (
					<li key={name}><span class={`swatch diff-${name}`} />{t("diff.legend", { class: className(name), n: number(n) })}</li>
				))}
			</ul>
		</>
	);
}

function Details({ a, b }: { a: Dump; b: Dump }) {
	const admin = useAdmin();
	const diff = useResource(resource<Diff>(`dumps/${a.id}/diff?with=${b.id}`)).value;
	const [at, setAt] = useState<number | undefined>(undefined);
	if (!diff || diff.differing === 0) return null;
	return (
		<>
			<Card title={t("diff.blocks")}>
				<Runs diff={diff} show={admin ? setAt : undefined} />
			</Card>
			{admin && <PairView a={a} b={b} diff={diff} at={at ?? diff.ranges[0]?.offset ?? 0} setAt={setAt} />}
			{admin && <Strings a={a} b={b} />}
			{!admin && <Note tone="calm"><p>{t("diff.viewer")}</p></Note>}
		</>
	);
}

function Runs({ diff, show }: { diff: Diff; show: ((at: number) => void) | undefined }) {
	const [most, setMost] = useState(LISTED);
	return (
		<>
			<div class="table-box" tabIndex={0} role="region" aria-label={t("diff.blocks")}>
				<table>
					<thead>
						<tr>
							<th scope="col">{t("map.what")}</th>
							<th scope="col" class="num">{t("map.offset")}</th>
							<th scope="col" class="num">{t("map.to")}</th>
							<th scope="col" class="num">{t("diff.bytes")}</th>
							{show && <th scope="col"><span class="off-screen">{t("diff.look")}</span></th>}
						</tr>
					</thead>
					<tbody>
						{diff.runs.slice(0, most).map((r) => (
							<tr key={r.offset}>
								<th scope="row"><span class={`swatch diff-${r.class}`} /> {className(r.class)}</th>
								<td class="num"><code>{hex(r.offset, 6)}</code></td>
								<td class="num"><code>{hex(r.offset + r.size - 1, 6)}</code></td>
								<td class="num">{number(r.bytes)}</td>
								{show && (
									<td>
										<button type="button" class="button small" aria-label={t("diff.look-at", { at: hex(r.offset) })} onClick={() => {
											show(diff.ranges.find((x) => x.offset + x.size > r.offset)?.offset ?? r.offset);
											document.getElementById("diff-bytes")?.scrollIntoView({ block: "nearest" });
										}}>
											{t("diff.look")}
										</button>
									</td>
								)}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{diff.runs.length > most && (
				<button type="button" class="button" onClick={() => setMost(most + LISTED)}>{plural("more.rest", diff.runs.length - most)}</button>
			)}
		</>
	);
}

/** Both, row below row, with what differs marked; from one difference to the next. */
function PairView({ a, b, diff, at, setAt }: { a: Dump; b: Dump; diff: Diff; at: number; setAt: (at: number) => void }) {
	const width = useRowBytes();
	const left = useMemo(() => new Bytes(a.id, a.size), [a.id]);
	const right = useMemo(() => new Bytes(b.id, b.size), [b.id]);
	useStore(left.came);
	useStore(right.came);
	const errorA = useStore(left.error);
	const errorB = useStore(right.error);
	const from = Math.floor(at / width) * width;
	const end = Math.min(from + ROWS * width, diff.size);
	useEffect(() => {
		left.want(from, end);
		right.want(from, end);
	}, [from, end, left, right]);
	const next = diff.ranges.find((r) => r.offset >= end);
	const before = diff.ranges.filter((r) => r.offset < from);
	const rows = [];
	for (let row = from; row < end; row += width) rows.push(row);
	return (
		<Card title={t("diff.bytes-title")} id="diff-bytes">
			<div class="state-line">
				<button type="button" class="button small" disabled={before.length === 0} onClick={() => setAt(Math.max(0, before[before.length - 1]!.offset - (ROWS - 1) * width))}>{t("diff.back")}</button>
				<button type="button" class="button small" disabled={!next} onClick={() => next && setAt(next.offset)}>{t("diff.next")}</button>
				<span class="muted" role="status">{t("diff.showing", { from: hex(from, 6), to: hex(end - 1, 6) })}</span>
			</div>
			{diff.more_ranges && <p class="muted small">{t("diff.more-ranges", { n: number(diff.ranges.length) })}</p>}
			{(errorA ?? errorB) && <ErrorNote error={(errorA ?? errorB)!} />}
			<div class="hex hex-pairs" tabIndex={0} role="region" aria-label={t("diff.bytes-title")}>
				{rows.map((row) => <Pair key={row} left={left} right={right} from={row} to={Math.min(row + width, end)} a={a.id} b={b.id} />)}
			</div>
		</Card>
	);
}

function Pair({ left, right, from, to, a, b }: { left: Bytes; right: Bytes; from: number; to: number; a: number; b: number }) {
	const offsets = Array.from({ length: to - from }, (_, i) => from + i);
	const one = offsets.map((o) => left.at(o));
	const two = offsets.map((o) => right.at(o));
	const kinds = offsets.map((_, i) => (one[i] !== undefined && two[i] !== undefined && one[i] !== two[i] ? "mark" : ""));
	const same = kinds.every((k) => k === "");
	const line = (id: number, values: (number | undefined)[], label: string) => (
		<div class={same ? "hex-row hex-blank" : "hex-row"}>
			<span class="hex-at">{label}</span>
			<span class="hex-who">{id}</span>
			<span class="hex-bytes">{cells(kinds, values.map(byteText), " ")}</span>
			<span class="hex-chars">{cells(kinds, values.map(byteChar), "")}</span>
		</div>
	);
	const offset = from.toString(16).padStart(6, "0");
	if (same) return line(a, one, offset);
	return <>{line(a, one, offset)}{line(b, two, "")}</>;
}

/** Asked for by a click: it reads all text of both. */
function Strings({ a, b }: { a: Dump; b: Dump }) {
	const [both, setBoth] = useState<{ a: OnlyStrings; b: OnlyStrings } | undefined>(undefined);
	const action = useAction();
	return (
		<Card title={t("diff.strings")}>
			{!both && (
				<>
					<p class="muted">{t("diff.strings-text")}</p>
					<button type="button" class="button" disabled={action.busy} onClick={() => void action.run(async () => {
						const d = await request<Diff>("GET", `dumps/${a.id}/diff?with=${b.id}&strings=1`);
						if (d.only_a && d.only_b) setBoth({ a: d.only_a, b: d.only_b });
					})}>
						{t("diff.strings-go")}
					</button>
				</>
			)}
			{action.error && <ErrorNote error={action.error} />}
			{both && <Only dump={a} only={both.a} />}
			{both && <Only dump={b} only={both.b} />}
		</Card>
	);
}

function Only({ dump, only }: { dump: Dump; only: OnlyStrings }) {
	return (
		<section class="stack">
			<h3>{t("diff.only", { id: dump.id })}</h3>
			{only.strings.length === 0 && <p class="muted">{t("diff.only-none")}</p>}
			<ul class="strings">
				{only.strings.map((s) => (
					<li key={s.offset}>
						<a href={`${link("dumps", dump.id, "bytes")}?at=${hex(s.offset)}&n=${s.size}`}><code>{hex(s.offset, 6)}</code></a>
						<code class="wrap">{s.text}{s.size > s.text.length ? "…" : ""}</code>
					</li>
				))}
			</ul>
			{only.more && <p class="muted">{t("diff.only-more")}</p>}
		</section>
	);
}
