// SPDX-License-Identifier: GPL-3.0-or-later
// The library of backups: a filter, entries with the same bytes together, page by page.
import { Component } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { request, upload } from "../lib/api";
import { dumpPage, jobs, openJobs } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { language, plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import type { Dump, Job } from "../lib/types";
import { Card, Empty, ErrorNote, Field, Page, Show } from "../parts/basics";
import { DumpRow } from "../parts/dump-rows";
import { Icon } from "../parts/icon";

const PAGE = 100;
const TYPING_MS = 250;

export function Dumps() {
	const admin = useAdmin();
	const [typed, setTyped] = useState("");
	const [word, setWord] = useState("");
	useEffect(() => {
		const timer = setTimeout(() => setWord(typed.trim()), TYPING_MS);
		return () => clearTimeout(timer);
	}, [typed]);
	const first = dumpPage(word, PAGE, 0);
	const loaded = useResource(first).value;
	const empty = word === "" && loaded?.dumps.length === 0;
	return (
		<Page title={t("dumps.title")} actions={<><a class="button" href="#/dumps/bin">{t("bin.title")}</a>{admin && <Import />}</>}>
			<p class="lead">{t("dumps.lead")}</p>
			{!empty && (
				<Field id="dumps-filter" label={t("dumps.filter")} hint={t("dumps.filter-hint")}>
					<input id="dumps-filter" type="search" value={typed} maxLength={79} autocomplete="off" aria-describedby="dumps-filter-hint" onInput={(ev) => setTyped(ev.currentTarget.value)} />
				</Field>
			)}
			<Show key={word} of={first}>
				{({ dumps: list, more }, { at }) => list.length > 0
					? <Library word={word} list={list} more={more} at={at} />
					: word !== ""
						? <Empty icon="search" title={t("dumps.no-match")}><p>{t("dumps.no-match-text", { word })}</p></Empty>
						: (
							<Empty icon="archive" title={t("dumps.empty")}>
								<p>{t("dumps.empty-text")}</p>
								<a class="button primary" href="#/bench">{t("fleet.to-bench")}</a>
							</Empty>
						)}
			</Show>
		</Page>
	);
}

/** Entries with the same bytes, the newest of them first. */
function groups(list: Dump[]): Dump[][] {
	const by = new Map<string, Dump[]>();
	for (const d of list) {
		const group = by.get(d.sha256);
		if (group) group.push(d);
		else by.set(d.sha256, [d]);
	}
	return [...by.values()];
}

function Library({ word, list, more, at }: { word: string; list: Dump[]; more: boolean; at: number }) {
	const [pages, setPages] = useState(1);
	const rest = useRest(word, pages, at);
	const all = [...list, ...rest.list];
	const isMore = pages === 1 ? more : rest.more;
	const box = useRef<HTMLUListElement>(null);
	const last = useRef<Element | null | undefined>(null);
	// Who goes by keys goes on at the first new entry, not behind all of them.
	useEffect(() => {
		const next = last.current?.nextElementSibling?.querySelector("a");
		if (!next) return;
		last.current = null;
		next.focus({ preventScroll: true });
	}, [all.length]);
	const next = () => {
		last.current = box.current?.lastElementChild;
		setPages(pages + 1);
	};
	return (
		<>
			<p class="muted" role="status">
				{plural("dumps.count", all.length)}{isMore ? ` ${t("text.and-more")}` : ""}
			</p>
			<Card>
				<ul ref={box} key={language.value} class="rows">
					{groups(all).map((group) => <GroupItem key={group[0]!.id} group={group} />)}
				</ul>
			</Card>
			{rest.error && <ErrorNote error={rest.error} />}
			{isMore && <button type="button" class="button" disabled={rest.loading} onClick={next}>{t("more.next")}</button>}
		</>
	);
}

interface Rest {
	list: Dump[];
	more: boolean;
	pages: number;		/* the first one counted */
	at: number;		/* when that one came */
}

/** Pages behind the first: one more when asked for, all of them again when the first one
 * was loaded again. */
function useRest(word: string, pages: number, at: number) {
	const [rest, setRest] = useState<Rest>({ list: [], more: false, pages: 1, at });
	const action = useAction();
	useEffect(() => {
		if (pages === 1) return;
		void action.run(async () => {
			const now: Rest = rest.at === at ? { ...rest, more: true } : { list: [], more: true, pages: 1, at };
			for (; now.pages < pages && now.more; now.pages++) {
				const page = await request<{ dumps: Dump[]; more: boolean }>("GET", dumpPage(word, PAGE, now.pages * PAGE).path);
				now.list = [...now.list, ...page.dumps];
				now.more = page.more;
			}
			setRest(now);
		});
	}, [pages, at]);
	return { list: rest.list, more: rest.more, loading: action.busy, error: action.error };
}

/** Drawn anew only when it holds other entries: the next page leaves the ones before it. */
class GroupItem extends Component<{ group: Dump[] }> {
	override shouldComponentUpdate({ group }: { group: Dump[] }): boolean {
		return group.length !== this.props.group.length || group.some((d, i) => d !== this.props.group[i]);
	}

	override render({ group }: { group: Dump[] }) {
		return <li><Group group={group} /></li>;
	}
}

function Group({ group }: { group: Dump[] }) {
	const [open, setOpen] = useState(false);
	const first = group[0]!;
	if (group.length === 1) return <DumpRow dump={first} camera />;
	return (
		<>
			<DumpRow dump={first} camera />
			<button type="button" class="button small quiet group-more" aria-expanded={open} onClick={() => setOpen(!open)}>
				{open ? t("dumps.group-close") : plural("dumps.group-open", group.length - 1)}
			</button>
			{open && <ul class="rows rows-inside">{group.slice(1).map((d) => <li key={d.id}><DumpRow dump={d} camera /></li>)}</ul>}
		</>
	);
}

function Import() {
	const online = useOnline();
	const action = useAction();
	const [part, setPart] = useState<number | undefined>(undefined);
	const input = useRef<HTMLInputElement>(null);
	const take = (file: File | undefined) => {
		if (!file) return;
		void action.run(async () => {
			try {
				setPart(0);
				const sent = await upload(file, setPart);
				const answer = await request<{ job: Job }>("POST", "jobs", {
					body: { kind: "import", incoming: sent.incoming, file: file.name },
				});
				jobs().load();
				openJobs().load();
				go(link("jobs", answer.job.id));
			} finally {
				setPart(undefined);
			}
		});
	};
	return (
		<>
			<input
				ref={input}
				hidden
				type="file"
				accept=".bin,.img,application/octet-stream"
				onChange={(ev) => {
					take(ev.currentTarget.files?.[0]);
					ev.currentTarget.value = "";
				}}
			/>
			<button type="button" class="button" disabled={action.busy || !online} onClick={() => input.current?.click()}>
				<Icon name="upload" />
				{t(action.busy ? "dumps.importing" : "dumps.import")}
			</button>
			{part !== undefined && <progress aria-label={t("write.sending")} max={1} value={part} />}
			{action.error && <ErrorNote error={action.error} />}
		</>
	);
}
