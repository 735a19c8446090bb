// SPDX-License-Identifier: GPL-3.0-or-later
// The library of backups: a filter, entries with the same bytes together, page by page.
import { useEffect, useRef, useState } from "preact/hooks";
import { request, upload } from "../lib/api";
import { dumpPage, jobs, openJobs } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { plural, t } from "../lib/i18n";
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
				{({ dumps: list, more }) => list.length > 0
					? <Library word={word} list={list} more={more} />
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

function Library({ word, list, more }: { word: string; list: Dump[]; more: boolean }) {
	const [pages, setPages] = useState(1);
	const rest = useRest(word, pages, list);
	const all = [...list, ...rest.list];
	const isMore = pages === 1 ? more : rest.more;
	return (
		<>
			<p class="muted" role="status">
				{plural("dumps.count", all.length)}{isMore ? ` ${t("text.and-more")}` : ""}
			</p>
			<Card>
				<ul class="rows">
					{groups(all).map((group) => <li key={group[0]!.id}><Group group={group} /></li>)}
				</ul>
			</Card>
			{rest.error && <ErrorNote error={rest.error} />}
			{isMore && <button type="button" class="button" disabled={rest.loading} onClick={() => setPages(pages + 1)}>{t("more.next")}</button>}
		</>
	);
}

/** Pages behind the first; fetched again when the first one changed. */
function useRest(word: string, pages: number, first: Dump[]) {
	const [list, setList] = useState<Dump[]>([]);
	const [more, setMore] = useState(false);
	const action = useAction();
	const newest = first.map((d) => d.id).join();
	useEffect(() => {
		if (pages === 1) return;
		void action.run(async () => {
			const found: Dump[] = [];
			let isMore = true;
			for (let i = 1; i < pages && isMore; i++) {
				const page = await request<{ dumps: Dump[]; more: boolean }>("GET", dumpPage(word, PAGE, i * PAGE).path);
				found.push(...page.dumps);
				isMore = page.more;
			}
			setList(found);
			setMore(isMore);
		});
	}, [pages, newest]);
	return { list, more, loading: action.busy, error: action.error };
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
