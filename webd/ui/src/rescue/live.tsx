// SPDX-License-Identifier: GPL-3.0-or-later
// From the first boot to a picture in Home Assistant, and what to give back.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras, dump as dumpOf } from "../lib/data";
import { useAction, useAdmin, useNow, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useMaybe, useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera, Dump, Rescue } from "../lib/types";
import { frameAge, stateOf } from "../lib/herd";
import { CameraState, Card, ErrorNote, Field, Note } from "../parts/basics";
import { FindCameras } from "../parts/find-cameras";
import { Icon } from "../parts/icon";
import { Live } from "../parts/live";
import { ShareDialog } from "../parts/share-dialog";
import { Connect } from "../parts/urls";
import { Tick } from "./ask";
import { Report } from "./report";
import { say } from "./steps";
import { useTask } from "./task";
import { evidence, Meter } from "./wire";

export function Boot({ rescue }: { rescue: Rescue }) {
	const seen = rescue.seen.boot;
	return (
		<>
			<Card>
				<ol class="to-do">
					<li>{t("rescue.boot.1")}</li>
					<li>{t("rescue.boot.2")}</li>
					<li>{t("rescue.boot.3")}</li>
				</ol>
			</Card>
			{seen && (
				<Note tone={seen.verdict === "readable" ? "good" : "warn"} icon="info">
					<p><strong>{t(seen.verdict === "readable" && seen.firmware !== "" ? "rescue.boot.alive" : `rescue.boot.${seen.verdict}`)}</strong></p>
					{seen.verdict !== "readable" && <p>{t("rescue.boot.dead-text")}</p>}
					<p class="small">{evidence(seen)}</p>
				</Note>
			)}
			<Meter rescue={rescue} place="boot" />
		</>
	);
}

function useCamera(rescue: Rescue): { camera: Camera | undefined; at: number } {
	const { value, at } = useResource(cameras());
	return { camera: value?.cameras.find((c) => c.name === rescue.camera), at };
}

export function Network({ rescue }: { rescue: Rescue }) {
	const { camera, at } = useCamera(rescue);
	const admin = useAdmin();
	return (
		<>
			<Card title={t("rescue.network.join")}>
				<ol class="to-do">
					<li>{t("rescue.network.1")}</li>
					<li>{t("rescue.network.2")}</li>
					<li>{t("rescue.network.3")}</li>
				</ol>
				<Tick rescue={rescue} question="joined" />
			</Card>
			<Card title={t("rescue.network.block")}>
				<p>{t("rescue.network.block-text")}</p>
				<ul class="to-do">
					<li>{t("rescue.network.block-1")}</li>
					<li>{t("rescue.network.block-2")}</li>
					<li>{t("rescue.network.block-3")}</li>
				</ul>
				<Tick rescue={rescue} question="blocked" />
			</Card>
			{admin && camera && <Address key={camera.source} camera={camera} />}
			{camera && camera.source !== "" && <Picture camera={camera} at={at} />}
		</>
	);
}

function Address({ camera }: { camera: Camera }) {
	const [source, setSource] = useState(camera.source);
	const [warning, setWarning] = useState("");
	const action = useAction();
	const online = useOnline();
	return (
		<>
			<FindCameras choose={setSource} />
			<Card title={t("rescue.network.address")}>
				<form onSubmit={(ev) => {
					ev.preventDefault();
					void action.run(async () => {
						const saved = await request<{ warning: string }>("PATCH", `cameras/${encodeURIComponent(camera.name)}`, { body: { source: source.trim() } });
						setWarning(saved.warning ?? "");
						cameras().load();
					});
				}}>
					<Field id="rescue-source" label={t("camera.source")} hint={t("rescue.network.address-hint")}>
						<input
							id="rescue-source"
							value={source}
							inputMode="url"
							autocomplete="off"
							autocapitalize="none"
							spellcheck={false}
							maxLength={512}
							aria-describedby="rescue-source-hint"
							onInput={(ev) => setSource(ev.currentTarget.value)}
						/>
					</Field>
					{warning !== "" && <Note tone="warn"><p>{warning}</p></Note>}
					{action.error && <ErrorNote error={action.error} />}
					<div class="form-end">
						<button class="button primary" disabled={action.busy || !online || source.trim() === camera.source}>{t("rescue.network.address-go")}</button>
					</div>
				</form>
			</Card>
		</>
	);
}

function Picture({ camera, at }: { camera: Camera; at: number }) {
	const now = useNow(1000);
	const state = stateOf(camera);
	return (
		<Card title={t("rescue.network.picture")}>
			<div class="state-line"><CameraState state={state} /></div>
			<Live name={camera.name} age={state === "idle" ? undefined : frameAge(camera, at, now)} reason={camera.reason} why={camera.reason_said} on={camera.enabled} />
			{camera.reason !== "" && <Note tone="warn"><p>{said(camera.reason, camera.reason_said)}</p></Note>}
		</Card>
	);
}

export function Home({ rescue }: { rescue: Rescue }) {
	const { camera, at } = useCamera(rescue);
	if (!camera || camera.source === "") {
		return (
			<Note tone="warn">
				<p>{t("rescue.home.no-address")}</p>
				<p><a href={link("rescue", rescue.id, "network")}>{t("rescue.step.network")}</a></p>
			</Note>
		);
	}
	return (
		<>
			<Card title={t("rescue.home.how")}>
				<ol class="to-do">
					<li>{t("rescue.home.1")}</li>
					<li>{t("rescue.home.2")}</li>
					<li>{t("rescue.home.3")}</li>
				</ol>
			</Card>
			<Connect camera={camera} />
			<Picture camera={camera} at={at} />
		</>
	);
}

export function Give({ rescue }: { rescue: Rescue }) {
	const saved = useTask(rescue, "save")?.result_dump ?? null;
	const donor = useTask(rescue, "donor")?.result_dump ?? null;
	const admin = useAdmin();
	const action = useAction();
	const end = () => void action.run(async () => {
		await say(rescue, { state: "done" });
		go(rescue.camera === "" ? "#/rescue" : link("cam", rescue.camera));
	});
	return (
		<>
			<Card title={t("rescue.give.copies")}>
				<p>{t("rescue.give.text")}</p>
				{saved === null && donor === null && <p class="muted">{t("rescue.give.none")}</p>}
				{donor !== null && <Share id={donor} what={t("rescue.give.donor")} admin={admin} />}
				{saved !== null && <Share id={saved} what={t("rescue.give.saved")} admin={admin} />}
			</Card>
			<Card title={t("rescue.give.facts")}><Report rescue={rescue} /></Card>
			{rescue.state === "open" && admin && (
				<Card title={t("rescue.give.end")}>
					<p class="muted">{t("rescue.give.end-text")}</p>
					{action.error && <ErrorNote error={action.error} />}
					<button type="button" class="button primary" disabled={action.busy} onClick={end}>
						<Icon name="check" />
						{t("rescue.give.end-go")}
					</button>
				</Card>
			)}
			{rescue.state === "done" && <Note tone="good"><p>{t("rescue.give.done")}</p></Note>}
		</>
	);
}

function Share({ id, what, admin }: { id: number; what: string; admin: boolean }) {
	const row: Dump | undefined = useMaybe(dumpOf(String(id))).value;
	const [open, setOpen] = useState(false);
	if (!row) return null;
	return (
		<div class="row">
			<span class="row-main">
				<strong>{what}</strong>
				<span class="muted"><a href={link("dumps", id)}>{t("dump.number", { id })}</a></span>
			</span>
			{admin && (
				<button type="button" class="button small" onClick={() => setOpen(true)}>
					<Icon name="download" size={16} />
					{t("rescue.give.copy")}
				</button>
			)}
			{open && <ShareDialog dump={row} close={() => setOpen(false)} />}
		</div>
	);
}
