// SPDX-License-Identifier: GPL-3.0-or-later
// The rescue of one bricked camera: a step a screen, each with an address of its own.
// What was said and done is webd's to keep, so that any browser can go on.
import { useEffect, useState } from "preact/hooks";
import { rescue as rescueOf } from "../lib/data";
import { since } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import type { Rescue as RescueRow, RescueStep } from "../lib/types";
import { Empty, ErrorNote, Note, Page, Show } from "../parts/basics";
import { Icon } from "../parts/icon";
import { Identify, Save, Ways } from "../rescue/find";
import { Checks, Donor, ImageStep, useChecks, WriteStep } from "../rescue/image";
import { Boot, Give, Home, Network } from "../rescue/live";
import { Stuck } from "../rescue/report";
import { Happened, PhotosStep } from "../rescue/start";
import { type Hold, hold, isStep, neighbour, say, stepsOf } from "../rescue/steps";
import { useTask } from "../rescue/task";
import { Adapter, Power, Wire } from "../rescue/wire";

const bodies: Record<RescueStep, (props: { rescue: RescueRow }) => preact.JSX.Element | null> = {
	happened: Happened,
	photos: PhotosStep,
	adapter: Adapter,
	wire: Wire,
	power: Power,
	ways: Ways,
	identify: Identify,
	save: Save,
	donor: Donor,
	image: ImageStep,
	checks: Checks,
	write: WriteStep,
	boot: Boot,
	network: Network,
	home: Home,
	give: Give,
};

export function Rescue({ id, step }: { id: number; step: string | undefined }) {
	const loaded = useResource(rescueOf(id));
	const row = loaded.value;
	// An address without a step leads to where somebody was last.
	useEffect(() => {
		if (row && !isStep(step)) location.replace(link("rescue", id, row.step));
	}, [row?.step, step]);
	const back = { href: "#/rescue", text: t("rescue.title") };
	if (loaded.error?.status === 404) {
		return (
			<Page title={t("rescue.gone")} back={back}>
				<Empty icon="search" title={t("rescue.gone-text")}><a class="button" href="#/rescue">{t("rescue.title")}</a></Empty>
			</Page>
		);
	}
	return (
		<Page key={step} title={isStep(step) ? t(`rescue.step.${step}`) : t("rescue.title")} back={back}>
			<Show of={rescueOf(id)}>{(r) => isStep(step) ? <StepFrame rescue={r} step={step} /> : null}</Show>
		</Page>
	);
}

function StepFrame({ rescue, step }: { rescue: RescueRow; step: RescueStep }) {
	const admin = useAdmin();
	const Body = bodies[step];
	const list = stepsOf(rescue);
	// Where the next browser begins.
	useEffect(() => {
		if (admin && rescue.state === "open" && rescue.step !== step) void say(rescue, { step }).catch(() => undefined);
	}, [step]);
	return (
		<div class="rescue">
			<StepList rescue={rescue} step={step} />
			<div class="rescue-body">
				<p class="muted rescue-place">
					{t("rescue.place", { n: list.indexOf(step) + 1, of: list.length, camera: rescue.camera || "–" })}
					{rescue.changed_by !== "" && ` · ${t("rescue.changed", { who: rescue.changed_by, age: since(rescue.changed_s) })}`}
				</p>
				{rescue.state !== "open" && <Over rescue={rescue} />}
				<p class="lead">{t(`rescue.${step}.lead`)}</p>
				<Body rescue={rescue} />
				<Go rescue={rescue} step={step} />
				<Stuck key={step} rescue={rescue} step={step} />
			</div>
		</div>
	);
}

function Over({ rescue }: { rescue: RescueRow }) {
	const admin = useAdmin();
	const action = useAction();
	return (
		<Note tone="calm">
			<p>{t(rescue.state === "done" ? "rescue.state.done-text" : "rescue.state.closed-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
			{admin && (
				<p>
					<button type="button" class="button small" disabled={action.busy} onClick={() => void action.run(() => say(rescue, { state: "open" }))}>
						{t("rescue.reopen")}
					</button>
				</p>
			)}
		</Note>
	);
}

/** What keeps a person here, from the rescue and from how its jobs ended. */
function useHold(rescue: RescueRow, step: RescueStep): Hold | undefined {
	const identify = useTask(rescue, "identify");
	const save = useTask(rescue, "save");
	const write = useTask(rescue, "write");
	const { ready } = useChecks(rescue);
	const plain = hold(rescue, step);
	if (plain) return plain;
	if (step === "ways" && identify?.state !== "done") return "identify";
	if (step === "identify") return rescue.family === "differs" ? "family" : identify?.state !== "done" ? "identify" : undefined;
	if (step === "save" && save?.state !== "done") return "save";
	if (step === "checks" && !ready) return "checks";
	if (step === "write" && write?.state !== "done") return "write";
	return undefined;
}

function Go({ rescue, step }: { rescue: RescueRow; step: RescueStep }) {
	const why = useHold(rescue, step);
	const online = useOnline();
	const before = neighbour(rescue, step, -1);
	const next = neighbour(rescue, step, 1);
	return (
		<nav class="rescue-go" aria-label={t("rescue.go")}>
			{why && <p class="muted" id="rescue-why">{t(`rescue.hold.${why}`)}</p>}
			<div class="rescue-buttons">
				{before && <a class="button" href={link("rescue", rescue.id, before)}><Icon name="back" size={18} />{t("rescue.back")}</a>}
				{next && (
					<button
						type="button"
						class="button primary"
						disabled={why !== undefined || !online}
						aria-describedby={why ? "rescue-why" : undefined}
						onClick={() => go(link("rescue", rescue.id, next))}
					>
						{t("rescue.next", { step: t(`rescue.step.${next}`) })}
					</button>
				)}
			</div>
		</nav>
	);
}

const WIDE = "(min-width: 960px)";

function StepList({ rescue, step }: { rescue: RescueRow; step: RescueStep }) {
	const [wide, setWide] = useState(matchMedia(WIDE).matches);
	useEffect(() => {
		const query = matchMedia(WIDE);
		const tell = () => setWide(query.matches);
		query.addEventListener("change", tell);
		return () => query.removeEventListener("change", tell);
	}, []);
	const list = stepsOf(rescue);
	const at = list.indexOf(step);
	const reached = list.indexOf(rescue.step);
	return (
		<details class="rescue-steps" open={wide}>
			<summary>{t("rescue.all-steps", { n: at + 1, of: list.length })}</summary>
			<ol>
				{list.map((s, i) => (
					<li key={s} class={i === at ? "step step-now" : i <= reached ? "step step-past" : "step"}>
						<a href={link("rescue", rescue.id, s)} aria-current={s === step ? "step" : undefined}>
							<span class="step-dot">{i < reached && i !== at ? <Icon name="check" size={12} /> : i + 1}</span>
							{t(`rescue.step.${s}`)}
						</a>
					</li>
				))}
			</ol>
		</details>
	);
}
