// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be written: from a good camera, a backup or a file; made for this camera,
// checked, written.
import { useEffect, useState } from "preact/hooks";
import { ApiError, asApiError, request, upload } from "../lib/api";
import { cameras, dump as dumpOf, dumpFits, dumpMap, dumps, ports } from "../lib/data";
import { bytes, since } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useMaybe, useResource } from "../lib/resource";
import { link } from "../lib/router";
import { said, saidError } from "../lib/said";
import type { Dump, Identity, Plan, Rescue } from "../lib/types";
import { Card, ErrorNote, Field, Note, Show } from "../parts/basics";
import { TypedName } from "../parts/confirm";
import { dumpName } from "../parts/dump-rows";
import { Icon } from "../parts/icon";
import { Gone, goneLine, PlanLines, WhoseIdentity } from "../parts/write-plan";
import { WriteImage } from "../parts/write-image";
import { Choose, Tick, useSay } from "./ask";
import { Parts } from "./parts";
import { say } from "./steps";
import { begin, Task, useTask } from "./task";
import { PortChoice } from "./wire";

export const COLLECTION = "https://github.com/openshwprojects/FlashDumps";

export function Donor({ rescue }: { rescue: Rescue }) {
	switch (rescue.answers.have) {
	case "donor":
		return <GoodCamera rescue={rescue} />;
	case "backup":
		return <OwnBackup rescue={rescue} />;
	case "file":
		return <FromFile rescue={rescue} />;
	default:
		return <Nothing rescue={rescue} />;
	}
}

function GoodCamera({ rescue }: { rescue: Rescue }) {
	const [name, setName] = useState(rescue.donor || `${rescue.camera.slice(0, 27)}-good`);
	const action = useAction();
	const admin = useAdmin();
	const online = useOnline();
	const job = useTask(rescue, "donor");
	return (
		<>
			<Card title={t("rescue.donor.plug")}>
				<ol class="to-do">
					<li>{t("rescue.donor.1", { camera: rescue.camera })}</li>
					<li>{t("rescue.donor.2")}</li>
					<li>{t("rescue.donor.3")}</li>
				</ol>
				<form onSubmit={(ev) => {
					ev.preventDefault();
					void action.run(() => say(rescue, { donor: name.trim() }));
				}}>
					<Field id="donor-name" label={t("rescue.donor.name")} hint={t("camera.name-hint")}>
						<input
							id="donor-name"
							value={name}
							maxLength={32}
							autocomplete="off"
							autocapitalize="none"
							spellcheck={false}
							aria-describedby="donor-name-hint"
							disabled={!admin}
							onInput={(ev) => setName(ev.currentTarget.value)}
						/>
					</Field>
					{action.error && <ErrorNote error={action.error} />}
					<div class="form-end">
						<button class="button" disabled={!admin || !online || action.busy || name.trim() === "" || name.trim() === rescue.donor}>
							{t("rescue.donor.name-go")}
						</button>
					</div>
				</form>
			</Card>
			<Show of={ports()}>{({ ports: list }) => <PortChoice rescue={rescue} list={list} field="donor_port" />}</Show>
			<Card>
				<Choose rescue={rescue} question="paired" options={["yes", "no", "unknown"]} />
				{(rescue.answers.paired === "yes" || rescue.answers.paired === "unknown") && (
					<Note tone="warn"><p>{t("rescue.donor.paired")}</p></Note>
				)}
			</Card>
			<Task rescue={rescue} task="donor" off={rescue.donor === ""}>
				<p>{t(rescue.donor === "" ? "rescue.donor.first-name" : "rescue.donor.text", { camera: rescue.donor })}</p>
			</Task>
			{job?.state === "done" && rescue.image !== null && <Chosen id={rescue.image} />}
		</>
	);
}

function Chosen({ id }: { id: number }) {
	const row = useMaybe(dumpOf(String(id))).value;
	if (!row) return null;
	return (
		<Note tone="good">
			<p>
				{t("rescue.donor.chosen")}{" "}
				<a href={link("dumps", id)}>{t("dump.number", { id })}</a>
				{` · ${[dumpName(row), bytes(row.size), row.chip].filter(Boolean).join(" · ")}`}
			</p>
		</Note>
	);
}

function nameOf(d: Dump): string {
	return [t("dump.number", { id: d.id }), dumpName(d), bytes(d.size), d.chip, since(d.created_s)].filter(Boolean).join(" · ");
}

function OwnBackup({ rescue }: { rescue: Rescue }) {
	const list = useResource(dumps());
	const it = useSay(rescue, "image", String(rescue.image ?? ""));
	// What was just saved is the brick itself.
	const saved = useTask(rescue, "save")?.result_dump;
	const fine = (list.value?.dumps ?? []).filter((d) => !d.missing && !d.damaged && d.id !== saved && d.kind !== "safety");
	return (
		<Card title={t("rescue.donor.backup")}>
			<p>{t("rescue.donor.backup-text")}</p>
			{list.error && !list.value && <ErrorNote error={list.error} retry={() => dumps().load()} />}
			{list.value && fine.length === 0
				? <Note tone="warn"><p>{t("rescue.donor.backup-none")}</p></Note>
				: (
					<Field id="rescue-image" label={t("write.dump")}>
						<select
							id="rescue-image"
							value={it.value}
							disabled={it.off}
							onChange={(ev) => it.say(ev.currentTarget.value)}
						>
							<option value="">{t("write.choose")}</option>
							{fine.map((d) => <option key={d.id} value={String(d.id)}>{nameOf(d)}</option>)}
						</select>
					</Field>
				)}
			{it.error && <ErrorNote error={it.error} />}
			{rescue.image !== null && <Chosen id={rescue.image} />}
		</Card>
	);
}

const MOST = 32 * 1024 * 1024;

function FromFile({ rescue }: { rescue: Rescue }) {
	const [part, setPart] = useState<number | undefined>(undefined);
	const action = useAction();
	const admin = useAdmin();
	const online = useOnline();
	const take = (input: HTMLInputElement) => {
		const file = input.files?.[0];
		if (!file) return;
		void action.run(async () => {
			if (file.size === 0 || file.size > MOST) throw new ApiError("file-size", t("rescue.donor.too-large"), 0);
			try {
				setPart(0);
				const sent = await upload(file, setPart);
				await begin(rescue, "import", { incoming: sent.incoming, file: file.name.slice(0, 250) });
			} finally {
				setPart(undefined);
				input.value = "";
			}
		});
	};
	return (
		<>
			<Card title={t("rescue.donor.file")}>
				<p>{t("rescue.donor.file-text")}</p>
				<Field id="rescue-file" label={t("write.file")}>
					<input
						id="rescue-file"
						type="file"
						accept=".bin,.img,application/octet-stream"
						disabled={!admin || !online || action.busy}
						onChange={(ev) => take(ev.currentTarget)}
					/>
				</Field>
				{part !== undefined && <progress aria-label={t("write.sending")} max={1} value={part} />}
				{action.error && <ErrorNote error={action.error} />}
				<Collection />
			</Card>
			{rescue.jobs.import !== null && <Imported rescue={rescue} />}
			{rescue.image !== null && <Chosen id={rescue.image} />}
		</>
	);
}

function Imported({ rescue }: { rescue: Rescue }) {
	const job = useTask(rescue, "import");
	if (!job || job.state === "done") return null;
	return (
		<Note tone={job.state === "failed" || job.state === "refused" ? "bad" : "calm"}>
			<p>{said(job.message, job) || t("rescue.donor.importing")}</p>
		</Note>
	);
}

function Collection() {
	return (
		<p>
			{t("rescue.nothing.collection")}{" "}
			<a href={COLLECTION} target="_blank" rel="noreferrer">openshwprojects/FlashDumps</a>
			{` (${t("rescue.nothing.folder")})`}
		</p>
	);
}

/** Said as it is: without an image nothing can be written. */
function Nothing({ rescue }: { rescue: Rescue }) {
	return (
		<>
			<Note tone="warn">
				<p><strong>{t("rescue.nothing.title")}</strong></p>
				<p>{t("rescue.nothing.text")}</p>
			</Note>
			<Card title={t("rescue.nothing.where")}>
				<Collection />
				<p>{t("rescue.nothing.post")}</p>
				<ul class="to-do">
					{(["1", "2", "3", "4", "5"] as const).map((n) => <li key={n}>{t(`rescue.nothing.post-${n}`)}</li>)}
				</ul>
				<p class="muted">{t("rescue.nothing.report")}</p>
			</Card>
			<Card title={t("rescue.nothing.changed")}>
				<Choose rescue={rescue} question="have" options={["backup", "donor", "file", "nothing"]} />
			</Card>
		</>
	);
}

// The last plan that was asked for: making one takes looking into two whole dumps.
let known: { key: string; plan: Promise<Plan> } | undefined;

function askPlan(body: object, key: string): Promise<Plan> {
	if (known?.key !== key) {
		const plan = request<Plan>("POST", "plan", { body });
		known = { key, plan };
		plan.catch(() => {
			if (known?.key === key) known = undefined;
		});
	}
	return known!.plan;
}

/** The plan of the restore as the rescue knows it now. */
function usePlan(rescue: Rescue): { plan?: Plan; error?: ApiError; again: () => void } {
	const [got, setGot] = useState<{ plan?: Plan; error?: ApiError }>({});
	const [turn, setTurn] = useState(0);
	const admin = useAdmin();
	const saved = useTask(rescue, "save")?.result_dump ?? null;
	const { camera, port, image, identity } = rescue;
	useEffect(() => {
		let over = false;
		setGot({});
		if (!admin || image === null || port === "" || camera === "") return;
		const body = { kind: "restore", port, camera, dump: String(image), identity };
		askPlan(body, JSON.stringify([body, saved, turn])).then(
			(plan) => over || setGot({ plan }),
			(e) => over || setGot({ error: asApiError(e) }),
		);
		return () => {
			over = true;
		};
	}, [admin, camera, port, image, identity, saved, turn]);
	return { ...got, again: () => setTurn(turn + 1) };
}

export function ImageStep({ rescue }: { rescue: Rescue }) {
	const { plan, error, again } = usePlan(rescue);
	const it = useSay(rescue, "identity", rescue.identity);
	const admin = useAdmin();
	if (rescue.image === null) return <NoImage rescue={rescue} />;
	const gone = plan && goneLine(plan);
	const lost = plan?.identity === "keep" && plan.identity_gone === true;
	const choose = (identity: Identity) => it.say(identity);
	return (
		<>
			<Card><WhoseIdentity identity={it.value as Identity} set={choose} /></Card>
			{it.error && <ErrorNote error={it.error} />}
			{error && <ErrorNote error={error} retry={again} />}
			{!admin && <Note tone="calm"><p>{t("rescue.image.viewer")}</p></Note>}
			{admin && !plan && !error && <div class="skeleton skeleton-block" aria-busy="true" />}
			{gone && <Gone line={gone} choose={lost ? choose : undefined} />}
			{plan?.image && <WriteImage image={plan.image} />}
			<Parts rescue={rescue} plan={plan} />
			{plan && <Card title={t("rescue.image.plan")}><PlanLines plan={plan} /></Card>}
		</>
	);
}

function NoImage({ rescue }: { rescue: Rescue }) {
	return (
		<Note tone="warn">
			<p>{t("rescue.image.none")}</p>
			<p><a href={link("rescue", rescue.id, "donor")}>{t("rescue.step.donor")}</a></p>
		</Note>
	);
}

type Light = "good" | "bad" | "wait";

interface Check {
	what: string;
	light: Light;
	why: string;
}

/** Every check with what it goes by. One that is not green keeps the write off. */
export function useChecks(rescue: Rescue): { list: Check[]; ready: boolean } {
	const { plan, error } = usePlan(rescue);
	const map = useMaybe(rescue.image === null ? undefined : dumpMap(String(rescue.image))).value;
	const fit = useMaybe(rescue.image === null ? undefined : dumpFits(rescue.image)).value?.cameras.find((c) => c.camera === rescue.camera);
	const saved = useTask(rescue, "save");
	const row = useMaybe(saved?.result_dump ? dumpOf(String(saved.result_dump)) : undefined).value;
	const camera = useResource(cameras()).value?.cameras.find((c) => c.name === rescue.camera);
	const lost = plan?.identity === "keep" && plan.identity_gone === true;
	const list: Check[] = [
		{
			what: t("rescue.check.image"),
			light: rescue.image === null ? "bad" : "good",
			why: rescue.image === null ? t("rescue.image.none") : t("dump.number", { id: rescue.image }),
		},
		{
			what: t("rescue.check.chip"),
			light: !fit ? "wait" : fit.fits === "yes" ? "good" : "bad",
			why: fit ? said(fit.why, fit.why_said) || t("rescue.check.chip-yes", { chip: camera?.chip ?? "" }) : t("rescue.check.asking"),
		},
		{
			what: t("rescue.check.sections"),
			light: !map ? "wait" : map.chain_ok && map.sections.every((s) => s.header_ok && s.data_ok) ? "good" : "bad",
			why: !map ? t("rescue.check.asking") : map.chain_ok ? t("rescue.check.sections-yes", { n: map.sections.length }) : said(map.chain_error, map.chain_error_said),
		},
		{
			what: t("rescue.check.backup"),
			light: saved?.state === "done" && row?.verified ? "good" : saved && !row && saved.state === "done" ? "wait" : "bad",
			why: row ? t(row.verified ? "rescue.save.twice" : "rescue.save.once") : t("rescue.check.backup-no"),
		},
		{
			what: t("rescue.check.family"),
			light: rescue.family === "differs" ? "bad" : camera?.chip ? "good" : "bad",
			why: rescue.family === "differs"
				? t("rescue.identify.differs")
				: camera?.chip ? t(rescue.family === "agrees" ? "rescue.identify.agrees" : "rescue.check.family-unknown", { chip: camera.chip }) : t("rescue.identify.never"),
		},
		{
			what: t("rescue.check.identity"),
			light: error ? "bad" : !plan ? "wait" : lost || (rescue.identity !== "donor" && !plan.image) ? "bad" : "good",
			why: (error && saidError(error)) ?? (!plan ? t("rescue.check.asking") : lost ? t("write.gone") : said(plan.warning, plan.warning_said) || t(`write.identity-${rescue.identity}`)),
		},
		{
			what: t("rescue.check.supply"),
			light: rescue.answers.supply === "yes" ? "good" : "bad",
			why: t(rescue.answers.supply === "yes" ? "rescue.check.supply-yes" : "rescue.check.supply-no"),
		},
	];
	return { list, ready: list.every((c) => c.light === "good") };
}

const icons = { good: "check", bad: "cross", wait: "clock" } as const;

export function Checks({ rescue }: { rescue: Rescue }) {
	const { list, ready } = useChecks(rescue);
	return (
		<>
			<Card><Tick rescue={rescue} question="supply" /></Card>
			<Card title={t("rescue.check.title")}>
				<ul class="checks">
					{list.map((c) => (
						<li key={c.what} class={`check-${c.light}`}>
							<span class="check-light"><Icon name={icons[c.light]} size={18} /></span>
							<span>
								<strong>{c.what}</strong>
								<span class="check-word">{t(`rescue.check.${c.light}`)}</span>
								<span class="muted">{c.why}</span>
							</span>
						</li>
					))}
				</ul>
				<p role="status">{t(ready ? "rescue.check.ready" : "rescue.check.not-ready")}</p>
			</Card>
		</>
	);
}

const WORD = "experimental";

export function WriteStep({ rescue }: { rescue: Rescue }) {
	const { ready } = useChecks(rescue);
	const [typed, setTyped] = useState("");
	const [experimental, setExperimental] = useState("");
	const action = useAction();
	const admin = useAdmin();
	const online = useOnline();
	const job = useTask(rescue, "write");
	const over = job && (job.state === "failed" || job.state === "refused" || job.state === "cancelled" || (job.state === "interrupted" && !job.touched));
	const form = admin && rescue.state === "open" && (rescue.jobs.write === null || over);
	return (
		<>
			<Note tone="calm"><p>{t("rescue.write.power")}</p></Note>
			{rescue.jobs.write !== null && <WriteJob rescue={rescue} />}
			{form && !ready && (
				<Note tone="warn">
					<p>{t("rescue.write.not-ready")}</p>
					<p><a href={link("rescue", rescue.id, "checks")}>{t("rescue.step.checks")}</a></p>
				</Note>
			)}
			{form && (
				<Card title={t("write.step-go")} tone="danger">
					<p>{t("rescue.write.text", { camera: rescue.camera })}</p>
					<form onSubmit={(ev) => {
						ev.preventDefault();
						void action.run(() => begin(rescue, "write", { confirm: typed, experimental }));
					}}>
						<TypedName id="rescue-name" word={rescue.camera} value={typed} set={setTyped} />
						<Note tone="warn"><p>{t("write.experimental")}</p></Note>
						<TypedName id="rescue-experimental" word={WORD} value={experimental} set={setExperimental} />
						{action.error && <ErrorNote error={action.error} />}
						<div class="form-end">
							<button class="button danger" disabled={!ready || typed !== rescue.camera || experimental !== WORD || action.busy || !online}>{t("write.go")}</button>
						</div>
					</form>
				</Card>
			)}
			{!admin && rescue.jobs.write === null && <Note tone="calm"><p>{t("rescue.image.viewer")}</p></Note>}
		</>
	);
}

function WriteJob({ rescue }: { rescue: Rescue }) {
	// The form above begins it: this only shows it.
	return <Task rescue={rescue} task="write" off watch />;
}

