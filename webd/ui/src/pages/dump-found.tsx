// SPDX-License-Identifier: GPL-3.0-or-later
// Names, keys, addresses and versions inside a backup; masked until an admin asks.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { hex } from "../lib/format";
import { useAction, useAdmin } from "../lib/hooks";
import { maybe, plural, t } from "../lib/i18n";
import { resource } from "../lib/resource";
import { link } from "../lib/router";
import type { Dump, FoundThing } from "../lib/types";
import { Card, Empty, ErrorNote, Note, Show } from "../parts/basics";

interface Found {
	found: FoundThing[];
	more: boolean;
}

const LISTED = 150;

export function DumpFound({ dump }: { dump: Dump }) {
	const admin = useAdmin();
	const action = useAction();
	const [whole, setWhole] = useState<Found | undefined>(undefined);
	const show = () => void action.run(async () => {
		setWhole(await request<Found>("GET", `dumps/${dump.id}/found?private=1`));
	});
	return (
		<Show of={resource<Found>(`dumps/${dump.id}/found`)}>
			{(masked) => {
				const list = (whole ?? masked).found;
				const secrets = list.filter((f) => f.secret);
				const others = list.filter((f) => !f.secret);
				if (list.length === 0) return <Empty icon="search" title={t("found.none")}><p>{t("found.none-text")}</p></Empty>;
				return (
					<>
						{action.error && <ErrorNote error={action.error} />}
						{masked.more && <Note tone="warn"><p>{t("found.more", { n: list.length })}</p></Note>}
						<Card
							title={plural("found.secrets", secrets.length)}
							actions={admin && secrets.length > 0 && (
								<button type="button" class="button small" disabled={action.busy} onClick={() => (whole ? setWhole(undefined) : show())}>
									{t(whole ? "found.hide" : "found.show")}
								</button>
							)}
						>
							<p class="muted">{t(whole ? "found.shown" : admin ? "found.masked" : "found.viewer")}</p>
							<List dump={dump} things={secrets} admin={admin} />
						</Card>
						<Card title={plural("found.others", others.length)}>
							<p class="muted">{t("found.others-text")}</p>
							<List dump={dump} things={others} admin={admin} />
						</Card>
					</>
				);
			}}
		</Show>
	);
}

function List({ dump, things, admin }: { dump: Dump; things: FoundThing[]; admin: boolean }) {
	const [most, setMost] = useState(LISTED);
	return (
		<>
			<ul class="found">
				{things.slice(0, most).map((f, i) => (
					<li key={i}>
						<span class="found-kind">{maybe(`found.kind.${f.kind}`) ?? f.kind}</span>
						<code class="wrap">{f.text}</code>
						<span class="muted small">
							{admin ? <a href={`${link("dumps", dump.id, "bytes")}?at=${hex(f.offset)}&n=${f.size}`}>{hex(f.offset, 6)}</a> : hex(f.offset, 6)}
							{` · ${f.where}`}
						</span>
					</li>
				))}
			</ul>
			{things.length > most && (
				<button type="button" class="button" onClick={() => setMost(most + LISTED)}>{plural("more.rest", things.length - most)}</button>
			)}
		</>
	);
}
