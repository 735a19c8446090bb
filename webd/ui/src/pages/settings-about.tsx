// SPDX-License-Identifier: GPL-3.0-or-later
// What camherd is made of: the libraries that this build is linked with, and what is in the
// page's bundle, with licences. Both lists were made when it was built.
import { useEffect, useState } from "preact/hooks";
import { about } from "../lib/data";
import { t } from "../lib/i18n";
import type { Library } from "../lib/types";
import { Note, Show } from "../parts/basics";

interface Package extends Library {
	text: string;
}

function List({ of }: { of: Library[] }) {
	return (
		<ul class="libraries">
			{of.map((l) => (
				<li key={l.name}>
					<a href={l.url} rel="noreferrer" target="_blank">{l.name}</a>{" "}
					<span>{l.version}</span>
					<span class="muted small">{l.licence}</span>
				</li>
			))}
		</ul>
	);
}

export function Licences() {
	const [packages, setPackages] = useState<Package[] | undefined>(undefined);
	const [failed, setFailed] = useState(false);
	useEffect(() => {
		fetch("licences.json").then(async (answer) => {
			if (!answer.ok) throw new Error(String(answer.status));
			setPackages(((await answer.json()) as { packages: Package[] }).packages);
		}).catch(() => setFailed(true));
	}, []);
	return (
		<>
			<h3>{t("about.libraries")}</h3>
			<Show of={about()}>{(a) => <List of={a.libraries} />}</Show>
			<h3>{t("about.page")}</h3>
			{failed && <Note tone="warn"><p>{t("about.no-list")}</p></Note>}
			{packages && <List of={packages} />}
			{packages?.map((p) => (
				<details key={p.name}>
					<summary>{t("about.text", { name: p.name })}</summary>
					<pre class="log" tabIndex={0} aria-label={t("about.text", { name: p.name })}>{p.text}</pre>
				</details>
			))}
		</>
	);
}
