// SPDX-License-Identifier: GPL-3.0-or-later
// All cameras at a glance, as cards or as a table: picture, state, age, backup; those that
// somebody wants to see, in the order that somebody wants.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { cameras } from "../lib/data";
import { addressOf, choose, isFiltered, type Sort, sorts, stateOf, tagsOf, type Wish, wishOf } from "../lib/herd";
import { useAdmin } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { replace } from "../lib/router";
import { recall, remember } from "../lib/store";
import type { Camera } from "../lib/types";
import { Empty, Page, Show } from "../parts/basics";
import { CameraItem } from "../parts/camera-card";
import { Icon } from "../parts/icon";
import { Room, withWords } from "../parts/room";

type View = "cards" | "table";
const TABLE_FROM = 31;		/* so many cameras are a table, unless somebody chose */

function Skeleton() {
	return (
		<ul class="camera-grid">
			{[1, 2, 3].map((n) => <li key={n} class="camera-card"><div class="skeleton thumb" /><div class="skeleton skeleton-line" /></li>)}
		</ul>
	);
}

export function Fleet({ query }: { query: URLSearchParams }) {
	const admin = useAdmin();
	const add = admin && <a class="button primary" href="#/add"><Icon name="plus" />{t("fleet.add")}</a>;
	return (
		<Page title={t("fleet.title")} actions={add}>
			<Show of={cameras()} skeleton={<Skeleton />}>
				{({ cameras: list }, { at }) => (list.length === 0 ? <None admin={admin} /> : <Herd list={list} at={at} wish={wishOf(query)} />)}
			</Show>
		</Page>
	);
}

function None({ admin }: { admin: boolean }) {
	return (
		<Empty icon="camera" title={t("fleet.empty")}>
			<p>{t(admin ? "fleet.empty-text" : "fleet.empty-viewer")}</p>
			{admin && (
				<div class="actions">
					<a class="button primary" href="#/add"><Icon name="plus" />{t("fleet.add")}</a>
					<a class="button" href="#/add"><Icon name="search" />{t("find.title")}</a>
					<a class="button" href="#/rescue"><Icon name="buoy" />{t("fleet.to-rescue")}</a>
					<a class="button" href="#/bench"><Icon name="usb" />{t("fleet.to-bench")}</a>
				</div>
			)}
		</Empty>
	);
}

const room = () => withWords(import("../rooms/tools"));

function Herd({ list, at, wish }: { list: Camera[]; at: number; wish: Wish }) {
	const admin = useAdmin();
	const [picked, setPicked] = useState<ReadonlySet<string> | undefined>(undefined);
	const pick = (name: string) => setPicked((old) => {
		const next = new Set(old);
		if (!next.delete(name)) next.add(name);
		return next;
	});
	const [chosen, setChosen] = useState<View | null>(recall("fleet-view") as View | null);
	const view: View = chosen ?? (list.length >= TABLE_FROM ? "table" : "cards");
	const found = choose(list, wish);
	const set = (part: Partial<Wish>) => replace(addressOf({ ...wish, ...part }));
	return (
		<div class="fleet">
			<Tools list={list} wish={wish} set={set} view={view} choose={(v) => {
				remember("fleet-view", v);
				setChosen(v);
			}} picking={picked !== undefined} togglePicking={admin ? () => setPicked(picked ? undefined : new Set()) : undefined} />
			{picked && (
				<Room load={room}>
					{(m) => <m.Bulk list={found.filter((c) => picked.has(c.name))} all={() => setPicked(new Set(found.map((c) => c.name)))} none={() => setPicked(new Set())} />}
				</Room>
			)}
			<p class="muted fleet-count" role="status">{summary(list, found, wish)}</p>
			{found.length === 0
				? (
					<Empty icon="search" title={t("fleet.no-match")}>
						<button type="button" class="button" onClick={() => replace("#/")}>{t("fleet.clear")}</button>
					</Empty>
				)
				: view === "cards"
				? <ul class="camera-grid">{found.map((c) => <CameraItem key={c.name} camera={c} at={at} picked={picked?.has(c.name)} pick={pick} />)}</ul>
				: <Table list={found} at={at} wish={wish} set={set} picked={picked} pick={pick} />}
		</div>
	);
}

interface ToolsProps {
	list: Camera[];
	wish: Wish;
	set: (part: Partial<Wish>) => void;
	view: View;
	choose: (v: View) => void;
	picking: boolean;
	togglePicking: (() => void) | undefined;
}

/** Every value that occurs, once, in order. */
function all(list: Camera[], of: (c: Camera) => string[]): string[] {
	return [...new Set(list.flatMap(of))].filter(Boolean).sort();
}

function Tools({ list, wish, set, view, choose: take, picking, togglePicking }: ToolsProps) {
	const tags = all(list, tagsOf);
	const chips = all(list, (c) => [c.chip]);
	const states = all(list, (c) => [stateOf(c)]);
	// A phone's first screen belongs to the cameras.
	const [open, setOpen] = useState(isFiltered({ ...wish, q: "" }) || matchMedia("(min-width: 600px)").matches);
	return (
		<div class="fleet-tools" role="search" aria-label={t("fleet.filters")}>
			<label class="fleet-search">
				<span>{t("fleet.search")}</span>
				<input
					type="search"
					id="fleet-search"
					value={wish.q}
					maxLength={80}
					onInput={(ev) => set({ q: ev.currentTarget.value })}
				/>
			</label>
			<div class="fleet-views" role="group" aria-label={t("fleet.view")}>
				{(["cards", "table"] as const).map((v) => (
					<button key={v} type="button" class="button small" aria-pressed={view === v} onClick={() => take(v)}>{t(`fleet.view.${v}`)}</button>
				))}
			</div>
			<button type="button" class="button small fleet-more" aria-expanded={open} aria-controls="fleet-more" onClick={() => setOpen(!open)}>{t("fleet.more")}</button>
			{togglePicking && <button type="button" class="button small fleet-pick" aria-pressed={picking} onClick={togglePicking}>{t("bulk.title")}</button>}
			<div class="fleet-picks" id="fleet-more" hidden={!open}>
				<Pick label={t("fleet.column.state")} value={wish.state} set={(state) => set({ state })} values={states} text={(s) => maybe(`camera.state.${s}`) ?? s} />
				{tags.length > 0 && <Pick label={t("camera.tags")} value={wish.tag} set={(tag) => set({ tag })} values={tags} />}
				{chips.length > 0 && <Pick label={t("camera.chip")} value={wish.chip} set={(chip) => set({ chip })} values={chips} />}
				<label>
					<span>{t("fleet.sort")}</span>
					<select value={wish.sort} onChange={(ev) => set({ sort: ev.currentTarget.value as Sort, down: false })}>
						{sorts.map((s) => <option key={s} value={s}>{t(`fleet.sort.${s}`)}</option>)}
					</select>
				</label>
				<div class="fleet-checks">
					<Check on={wish.bare} set={(bare) => set({ bare })}>{t("fleet.only-bare")}</Check>
					<Check on={wish.differs} set={(differs) => set({ differs })}>{t("fleet.only-differs")}</Check>
				</div>
			</div>
		</div>
	);
}

function Pick({ label, value, values, set, text }: {
	label: string;
	value: string;
	values: string[];
	set: (v: string) => void;
	text?: (v: string) => string;
}) {
	// A bookmark may ask for what no camera has now.
	const options = value === "" || values.includes(value) ? values : [...values, value];
	return (
		<label>
			<span>{label}</span>
			<select value={value} onChange={(ev) => set(ev.currentTarget.value)}>
				<option value="">{t("fleet.any")}</option>
				{options.map((v) => <option key={v} value={v}>{text ? text(v) : v}</option>)}
			</select>
		</label>
	);
}

function Check({ on, set, children }: { on: boolean; set: (on: boolean) => void; children: ComponentChildren }) {
	return (
		<label class="fleet-check">
			<input type="checkbox" checked={on} onChange={(ev) => set(ev.currentTarget.checked)} />
			{children}
		</label>
	);
}

const columns = [
	["name", "name"], ["state", "state"], ["picture", "picture"], ["chip", undefined], ["backup", "backup"], ["tags", undefined],
] as const;

function Table({ list, at, wish, set, picked, pick }: {
	list: Camera[];
	at: number;
	wish: Wish;
	set: (part: Partial<Wish>) => void;
	picked: ReadonlySet<string> | undefined;
	pick: (name: string) => void;
}) {
	return (
		<table class="fleet-table">
			<caption class="off-screen">{t("fleet.title")}</caption>
			<thead>
				<tr>
					{columns.map(([name, sort]) => (
						<th key={name} scope="col" aria-sort={sort && wish.sort === sort ? (wish.down ? "descending" : "ascending") : undefined}>
							{sort
								? (
									<button type="button" class="sort" onClick={() => set(wish.sort === sort ? { down: !wish.down } : { sort, down: false })}>
										{t(`fleet.column.${name}`)}
										{wish.sort === sort && <span aria-hidden="true">{wish.down ? " ▾" : " ▴"}</span>}
									</button>
								)
								: t(`fleet.column.${name}`)}
						</th>
					))}
				</tr>
			</thead>
			<tbody>{list.map((c) => <CameraItem key={c.name} camera={c} at={at} row picked={picked?.has(c.name)} pick={pick} />)}</tbody>
		</table>
	);
}

function summary(list: Camera[], found: Camera[], wish: Wish): string {
	const live = list.filter((c) => stateOf(c) === "live").length;
	const bare = list.filter((c) => !c.backup).length;
	const differ = list.filter((c) => c.differs).length;
	return [
		isFiltered(wish) ? t("fleet.found", { n: number(found.length), all: number(list.length) }) : plural("fleet.count", list.length),
		t("fleet.live", { n: number(live) }),
		bare > 0 ? t("fleet.bare", { n: number(bare) }) : "",
		differ > 0 ? t("fleet.differing", { n: number(differ) }) : "",
	].filter(Boolean).join(" · ");
}
