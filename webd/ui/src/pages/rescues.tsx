// SPDX-License-Identifier: GPL-3.0-or-later
// Rescues that are open, those that are over, and a new one.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras, rescues } from "../lib/data";
import { since } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import type { Rescue } from "../lib/types";
import { Card, Chip, ErrorNote, Field, Note, Page, Show } from "../parts/basics";
import { Icon } from "../parts/icon";

const SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function Rescues({ query }: { query: URLSearchParams }) {
	const admin = useAdmin();
	return (
		<Page title={t("rescue.title")}>
			<p class="lead">{t("rescue.lead")}</p>
			<Show of={rescues()}>
				{({ rescues: list }) => {
					const open = list.filter((r) => r.state === "open");
					const over = list.filter((r) => r.state !== "open");
					return (
						<>
							{open.length > 0 && <Card title={t("rescue.open")}><Rows list={open} /></Card>}
							{admin ? <Begin list={list} query={query} /> : open.length === 0 && <Note tone="calm"><p>{t("rescue.viewer")}</p></Note>}
							{over.length > 0 && <Card title={t("rescue.over")}><Rows list={over} /></Card>}
						</>
					);
				}}
			</Show>
		</Page>
	);
}

function Rows({ list }: { list: Rescue[] }) {
	return <ul class="rows">{list.map((r) => <Row key={r.id} rescue={r} />)}</ul>;
}

function Row({ rescue }: { rescue: Rescue }) {
	const admin = useAdmin();
	const [sure, setSure] = useState(false);
	const action = useAction();
	const forget = () => void action.run(async () => {
		await request("DELETE", `rescues/${rescue.id}`, { body: {} });
		rescues().load();
	});
	return (
		<li>
			<div class="row">
				<span class="row-main">
					<a href={link("rescue", rescue.id, rescue.step)}><strong>{rescue.camera || t("rescue.no-camera")}</strong></a>
					<span class="muted">
						{[
							t("rescue.at-step", { step: t(`rescue.step.${rescue.step}`) }),
							maybe(`rescue.ask.happened.${rescue.answers.happened}`),
							t("rescue.changed", { who: rescue.changed_by || "–", age: since(rescue.changed_s) }),
						].filter(Boolean).join(" · ")}
					</span>
				</span>
				<span class="row-side">
					<Chip tone={rescue.state === "done" ? "good" : rescue.state === "open" ? "busy" : "off"}>{t(`rescue.state.${rescue.state}`)}</Chip>
					{rescue.state === "open" && <a class="button small primary" href={link("rescue", rescue.id, rescue.step)}>{t("rescue.go-on")}</a>}
					{admin && !sure && (
						<button type="button" class="button small quiet" aria-label={t("rescue.forget-which", { camera: rescue.camera })} onClick={() => setSure(true)}>
							{t("rescue.forget")}
						</button>
					)}
				</span>
			</div>
			{sure && (
				<Note tone="warn">
					<p>{t("rescue.forget-text")}</p>
					{action.error && <ErrorNote error={action.error} />}
					<div class="actions">
						<button type="button" class="button small danger" disabled={action.busy} onClick={forget}>{t("rescue.forget")}</button>
						<button type="button" class="button small" onClick={() => setSure(false)}>{t("action.cancel")}</button>
					</div>
				</Note>
			)}
		</li>
	);
}

/** A name that nobody has yet. */
function fresh(taken: string[]): string {
	for (let n = 1; ; n++) {
		const name = `broken-${n}`;
		if (!taken.includes(name)) return name;
	}
}

function Begin({ list, query }: { list: Rescue[]; query: URLSearchParams }) {
	const known = useResource(cameras()).value?.cameras.map((c) => c.name);
	const suggested = query.get("camera") ?? fresh([...list.map((r) => r.camera), ...(known ?? [])]);
	const [typed, setTyped] = useState<string | undefined>(undefined);
	const name = (typed ?? suggested).trim();
	const action = useAction();
	const online = useOnline();
	const port = query.get("port");
	return (
		<Card title={t("rescue.new")}>
			<p>{t("rescue.new-text")}</p>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					const made = await request<Rescue>("POST", "rescues", { body: port ? { camera: name, port } : { camera: name } });
					rescues().load();
					cameras().load();
					go(link("rescue", made.id, "happened"));
				});
			}}>
				<Field id="rescue-camera" label={t("rescue.camera")} hint={t("rescue.camera-hint")} error={SLUG.test(name) ? undefined : t("camera.name-bad")}>
					<input
						id="rescue-camera"
						value={typed ?? suggested}
						maxLength={32}
						list="rescue-cameras"
						autocomplete="off"
						autocapitalize="none"
						spellcheck={false}
						aria-describedby="rescue-camera-hint"
						onInput={(ev) => setTyped(ev.currentTarget.value)}
					/>
				</Field>
				<datalist id="rescue-cameras">{(known ?? []).map((c) => <option key={c} value={c} />)}</datalist>
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end">
					<button class="button primary" disabled={action.busy || !online || !SLUG.test(name)}>
						<Icon name="play" size={18} />
						{t("rescue.begin")}
					</button>
				</div>
			</form>
		</Card>
	);
}
