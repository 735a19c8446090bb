// SPDX-License-Identifier: GPL-3.0-or-later
// Put an image onto a camera: choose it, read what will happen, type the name, start.
import { useEffect, useState } from "preact/hooks";
import { ApiError, asApiError, request, upload } from "../lib/api";
import { cameras, dumps, ports } from "../lib/data";
import { bytes, since } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import type { Identity, JobRequest, Plan, Port } from "../lib/types";
import { Card, Empty, ErrorNote, Field, Note, Page, Show } from "../parts/basics";
import { TypedName } from "../parts/confirm";
import { dumpName } from "../parts/dump-rows";
import { Gone, goneLine, PlanLines, WhoseIdentity } from "../parts/write-plan";
import { WriteImage } from "../parts/write-image";
import { portKey, portTitle } from "./bench";
import { findPort, startJob } from "./port";

const WORD = "experimental";

export function Write({ port: key, query }: { port: string; query: URLSearchParams }) {
	const admin = useAdmin();
	const loaded = useResource(ports());
	const port = loaded.value && findPort(loaded.value.ports, key);
	return (
		<Page title={t("write.title")} back={{ href: link("bench", key), text: port ? portTitle(port) : key }}>
			<Show of={ports()}>
				{() => !port
					? <Empty icon="usb" title={t("port.gone")}><p>{t("port.gone-text")}</p></Empty>
					: !port.enabled
						? <Empty icon="usb" title={t("write.port-off")}><a class="button primary" href={link("bench", portKey(port))}>{t("write.to-port")}</a></Empty>
						: !admin
							? <Note tone="calm"><p>{t("write.viewer")}</p></Note>
							: <WriteForm port={port} query={query} />}
			</Show>
		</Page>
	);
}

type Source = "dump" | "file";

function WriteForm({ port, query }: { port: Port; query: URLSearchParams }) {
	const library = useResource(dumps());
	const list = useResource(cameras()).value?.cameras ?? [];
	const [source, setSource] = useState<Source>(query.get("from") === "file" ? "file" : "dump");
	const [chosen, setChosen] = useState(query.get("dump") ?? "");
	const [camera, setCamera] = useState(query.get("camera") ?? "");
	const [whole, setWhole] = useState(true);
	const [identity, setIdentity] = useState<Identity>("keep");
	const [file, setFile] = useState<{ name: string; incoming: string; size: number } | undefined>(undefined);
	const body = target(port, source, chosen, camera, whole, identity, file);
	return (
		<>
			<Card title={t("write.step-image")}>
				<fieldset class="options">
					<legend class="off-screen">{t("write.from")}</legend>
					<label class="option">
						<input type="radio" name="source" checked={source === "dump"} onChange={() => setSource("dump")} />
						<span><strong>{t("write.from-dump")}</strong><span class="muted">{t("write.from-dump-text")}</span></span>
					</label>
					<label class="option">
						<input type="radio" name="source" checked={source === "file"} onChange={() => setSource("file")} />
						<span><strong>{t("write.from-file")}</strong><span class="muted">{t("write.from-file-text")}</span></span>
					</label>
				</fieldset>
				{source === "dump" && (
					library.error && !library.value
						? <ErrorNote error={library.error} retry={() => dumps().load()} />
						: (
							<Field id="write-dump" label={t("write.dump")}>
								<select id="write-dump" value={chosen} onChange={(ev) => setChosen(ev.currentTarget.value)}>
									<option value="">{t(library.value && library.value.dumps.length === 0 ? "write.no-dumps" : "write.choose")}</option>
									{library.value?.dumps.filter((d) => !d.missing).map((d) => (
										<option key={d.id} value={String(d.id)}>
											{[t("dump.number", { id: d.id }), dumpName(d), bytes(d.size), d.chip, since(d.created_s)].filter(Boolean).join(" · ")}
										</option>
									))}
								</select>
							</Field>
						)
				)}
				{source === "file" && <FileChoice file={file} set={setFile} whole={whole} setWhole={setWhole} />}
			</Card>
			<Card title={t("write.step-target")}>
				<p>{t("write.target-port", { port: portTitle(port), node: port.node || "–" })}</p>
				<Field id="write-camera" label={t("write.camera")} hint={t("write.camera-hint")}>
					<select id="write-camera" value={camera} aria-describedby="write-camera-hint" onChange={(ev) => setCamera(ev.currentTarget.value)}>
						<option value="">{t("work.camera-none")}</option>
						{list.map((c) => <option key={c.name} value={c.name}>{c.name}</option>)}
					</select>
				</Field>
				{body?.kind !== "flash" && <WhoseIdentity identity={identity} set={setIdentity} />}
			</Card>
			{body
				? <PlanAndGo key={JSON.stringify(body)} body={body} word={camera || port.name || port.path} choose={setIdentity} />
				: <p class="muted">{t("write.first-choose")}</p>}
		</>
	);
}

function target(
	port: Port,
	source: Source,
	chosen: string,
	camera: string,
	whole: boolean,
	identity: Identity,
	file: { name: string; incoming: string } | undefined,
): JobRequest | undefined {
	const who = camera === "" ? {} : { camera };
	if (source === "dump") {
		if (chosen === "") return undefined;
		return { kind: "restore", port: port.path, dump: chosen, identity, ...who };
	}
	if (!file) return undefined;
	const what = { port: port.path, incoming: file.incoming, file: file.name, ...who };
	return whole ? { kind: "restore", identity, ...what } : { kind: "flash", ...what };
}

const MOST = 32 * 1024 * 1024;

function FileChoice({ file, set, whole, setWhole }: {
	file: { name: string; size: number } | undefined;
	set: (f: { name: string; incoming: string; size: number } | undefined) => void;
	whole: boolean;
	setWhole: (w: boolean) => void;
}) {
	const [part, setPart] = useState<number | undefined>(undefined);
	const [error, setError] = useState<ApiError | undefined>(undefined);
	const take = async (chosen: File | undefined) => {
		set(undefined);
		setError(undefined);
		if (!chosen) return;
		if (chosen.size === 0 || chosen.size > MOST) {
			setError(new ApiError("file-size", t("write.file-size", { size: bytes(chosen.size), most: bytes(MOST) }), 0));
			return;
		}
		setPart(0);
		try {
			const answer = await upload(chosen, setPart);
			set({ name: chosen.name, incoming: answer.incoming, size: answer.size });
		} catch (e) {
			setError(asApiError(e));
		} finally {
			setPart(undefined);
		}
	};
	return (
		<>
			<Field id="write-file" label={t("write.file")} hint={t("write.file-hint", { most: bytes(MOST) })}>
				<input
					id="write-file"
					type="file"
					accept=".bin,.img,application/octet-stream"
					aria-describedby="write-file-hint"
					onChange={(ev) => void take(ev.currentTarget.files?.[0])}
				/>
			</Field>
			{part !== undefined && <progress aria-label={t("write.sending")} max={1} value={part} />}
			{error && <ErrorNote error={error} />}
			{file && <p class="muted" role="status">{t("write.sent", { name: file.name, size: bytes(file.size) })}</p>}
			<fieldset class="options">
				<legend>{t("write.file-is")}</legend>
				<label class="option">
					<input type="radio" name="whole" checked={whole} onChange={() => setWhole(true)} />
					<span><strong>{t("write.whole")}</strong><span class="muted">{t("write.whole-text")}</span></span>
				</label>
				<label class="option">
					<input type="radio" name="whole" checked={!whole} onChange={() => setWhole(false)} />
					<span><strong>{t("write.sections")}</strong><span class="muted">{t("write.sections-text")}</span></span>
				</label>
			</fieldset>
		</>
	);
}

function PlanAndGo({ body, word, choose }: { body: JobRequest; word: string; choose: (i: Identity) => void }) {
	const [plan, setPlan] = useState<Plan | undefined>(undefined);
	const [error, setError] = useState<ApiError | undefined>(undefined);
	const [typed, setTyped] = useState("");
	const [experimental, setExperimental] = useState("");
	const action = useAction();
	const online = useOnline();
	const ask = () => {
		setError(undefined);
		request<Plan>("POST", "plan", { body }).then(setPlan, (e) => setError(asApiError(e)));
	};
	useEffect(ask, []);
	if (error) return <Card title={t("write.step-plan")}><ErrorNote error={error} retry={ask} /></Card>;
	if (!plan) return <Card title={t("write.step-plan")}><div class="skeleton skeleton-block" aria-busy="true" /></Card>;
	const gone = goneLine(plan);
	const lost = plan.identity === "keep" && plan.identity_gone === true;
	const unseen = !lost && (plan.identity === "keep" || plan.identity === "blank") && !plan.image;
	const ready = typed === word && experimental === WORD && !lost && !unseen;
	return (
		<>
			{gone && <Gone line={gone} choose={lost ? choose : undefined} />}
			{unseen && <Unseen body={body} />}
			<Card title={t("write.step-plan")}>
				<PlanLines plan={plan} />
			</Card>
			{plan.image && <WriteImage image={plan.image} />}
			<Card title={t("write.step-go")} tone="danger">
				<p>{t("write.go-text")}</p>
				<form onSubmit={(ev) => {
					ev.preventDefault();
					void action.run(() => startJob({ ...body, confirm: typed, experimental: WORD }));
				}}>
					<TypedName id="write-name" word={word} value={typed} set={setTyped} />
					<Note tone="warn"><p>{t("write.experimental")}</p></Note>
					<TypedName id="write-experimental" word={WORD} value={experimental} set={setExperimental} />
					{action.error && <ErrorNote error={action.error} />}
					<div class="form-end">
						<button class="button danger" disabled={!ready || action.busy || !online}>{t("write.go")}</button>
					</div>
				</form>
			</Card>
		</>
	);
}

/** No image can be shown before the camera was read once. */
function Unseen({ body }: { body: JobRequest }) {
	const action = useAction();
	const online = useOnline();
	const { port, camera } = body;
	return (
		<Note tone="warn">
			<p>{t(camera ? "write.unseen" : "write.unnamed")}</p>
			{action.error && <ErrorNote error={action.error} />}
			{camera && port && (
				<div class="form-end">
					<button
						type="button"
						class="button"
						disabled={action.busy || !online}
						onClick={() => void action.run(() => startJob({ kind: "backup", port, camera }))}
					>
						{t("write.read-first")}
					</button>
				</div>
			)}
		</Note>
	);
}
