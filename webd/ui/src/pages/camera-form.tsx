// SPDX-License-Identifier: GPL-3.0-or-later
// Add a camera, or change one.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras } from "../lib/data";
import { useAction, useOnline } from "../lib/hooks";
import { rich, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera, Said } from "../lib/types";
import { Card, ErrorNote, Field, Note, Page } from "../parts/basics";
import { FindCameras } from "../parts/find-cameras";
import { Password } from "../parts/password";

/** What streamd will say of the source that was saved. */
interface Warned {
	warning: string;
	warning_said: Said | null;
}

const SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/;

export function AddCamera() {
	const [found, setFound] = useState({ source: "", name: "", times: 0 });
	return (
		<Page title={t("camera.add")} back={{ href: "#/", text: t("nav.fleet") }}>
			<FindCameras choose={(source, name) => setFound({ source, name, times: found.times + 1 })} />
			<CameraForm key={found.times} found={found} />
		</Page>
	);
}

export function EditCamera({ name }: { name: string }) {
	const list = useResource(cameras());
	const found = list.value?.cameras.find((c) => c.name === name);
	return (
		<Page title={t("camera.edit", { name })} back={{ href: link("cam", name), text: name }}>
			{list.error && !list.value && <ErrorNote error={list.error} retry={() => cameras().load()} />}
			{found && <CameraForm camera={found} />}
			{list.value && !found && <p>{t("camera.gone")}</p>}
		</Page>
	);
}

function CameraForm({ camera, found }: { camera?: Camera; found?: { source: string; name: string } }) {
	const [name, setName] = useState(camera?.name ?? found?.name ?? "");
	const [source, setSource] = useState(camera?.source ?? found?.source ?? "");
	const [user, setUser] = useState(camera?.user ?? "");
	const [password, setPassword] = useState("");
	const [notes, setNotes] = useState(camera?.notes ?? "");
	const [tags, setTags] = useState(camera?.tags ?? "");
	const [enabled, setEnabled] = useState(camera?.enabled ?? true);
	const [push, setPush] = useState<PushTo>({
		address: camera?.push ?? "",
		user: camera?.push_user ?? "",
		password: "",
		codec: camera?.push_codec ?? "h264",
	});
	const [tried, setTried] = useState(false);
	const [warning, setWarning] = useState<Warned | undefined>(undefined);
	const action = useAction();
	const online = useOnline();
	const badName = !SLUG.test(name);
	const submit = (ev: Event) => {
		ev.preventDefault();
		setTried(true);
		if (badName) {
			document.getElementById("camera-name")?.focus();
			return;
		}
		void action.run(async () => {
			const body: Record<string, unknown> = { name, source: source.trim(), user, notes, tags };
			if (camera) body.enabled = enabled;
			if (password !== "" || !camera) body.password = password;
			if (camera) {
				body.push = push.address.trim();
				body.push_user = body.push === "" ? "" : push.user;
				body.push_codec = push.codec;
				if (push.password !== "") body.push_password = push.password;
			}
			const saved = camera
				? await request<Warned>("PATCH", `cameras/${encodeURIComponent(camera.name)}`, { body })
				: await request<Warned>("POST", "cameras", { body });
			cameras().load();
			if (saved.warning) setWarning(saved);
			else go(link("cam", name));
		});
	};
	if (warning) {
		return (
			<Card>
				<Note tone="warn"><p>{said(warning.warning, warning.warning_said)}</p></Note>
				<div class="form-end">
					<a class="button primary" href={link("cam", name)}>{name}</a>
				</div>
			</Card>
		);
	}
	return (
		<Card>
			<form onSubmit={submit} noValidate>
				<Field
					id="camera-name"
					label={t("camera.name")}
					hint={t("camera.name-hint")}
					error={tried && badName ? t("camera.name-bad") : undefined}
				>
					<input
						id="camera-name"
						value={name}
						autocomplete="off"
						autocapitalize="none"
						spellcheck={false}
						maxLength={32}
						aria-describedby="camera-name-hint"
						aria-invalid={tried && badName}
						onInput={(ev) => setName(ev.currentTarget.value)}
					/>
				</Field>
				<Field
					id="camera-source"
					label={t("camera.source")}
					hint={rich("camera.source-hint", {
						http: <code key="h">http://192.168.1.40:81/stream</code>,
						test: <code key="t">test:</code>,
					})}
				>
					<input
						id="camera-source"
						value={source}
						type="text"
						inputMode="url"
						autocomplete="off"
						autocapitalize="none"
						spellcheck={false}
						maxLength={512}
						aria-describedby="camera-source-hint"
						onInput={(ev) => setSource(ev.currentTarget.value)}
					/>
				</Field>
				<div class="two">
					<Field id="camera-user" label={t("camera.user")} hint={t("camera.user-hint")}>
						<input
							id="camera-user"
							value={user}
							autocomplete="off"
							autocapitalize="none"
							spellcheck={false}
							maxLength={64}
							aria-describedby="camera-user-hint"
							onInput={(ev) => setUser(ev.currentTarget.value)}
						/>
					</Field>
					<Field id="camera-password" label={t("camera.password")} hint={camera ? t("camera.password-keep") : undefined}>
						<Password id="camera-password" value={password} set={setPassword} fresh described={camera ? "camera-password-hint" : undefined} />
					</Field>
				</div>
				<Field id="camera-tags" label={t("camera.tags")} hint={t("camera.tags-hint")}>
					<input
						id="camera-tags"
						value={tags}
						autocomplete="off"
						maxLength={256}
						aria-describedby="camera-tags-hint"
						onInput={(ev) => setTags(ev.currentTarget.value)}
					/>
				</Field>
				<Field id="camera-notes" label={t("camera.notes")}>
					<textarea id="camera-notes" rows={3} maxLength={4096} value={notes} onInput={(ev) => setNotes(ev.currentTarget.value)} />
				</Field>
				{camera && <PushFields push={push} set={setPush} />}
				{camera && (
					<label class="check">
						<input type="checkbox" checked={enabled} onChange={(ev) => setEnabled(ev.currentTarget.checked)} />
						{t("camera.enabled")}
					</label>
				)}
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end">
					<a class="button" href={camera ? link("cam", camera.name) : "#/"}>{t("action.cancel")}</a>
					<button class="button primary" disabled={action.busy || !online}>{t(camera ? "action.save" : "camera.add-go")}</button>
				</div>
			</form>
		</Card>
	);
}

interface PushTo {
	address: string;
	user: string;
	password: string;
	codec: "h264" | "mjpeg";
}

/* Where it is published to. What belongs to the server shows once there is one. */
function PushFields({ push, set }: { push: PushTo; set: (push: PushTo) => void }) {
	return (
		<>
			<Field
				id="camera-push"
				label={t("camera.push")}
				hint={rich("camera.push-hint", { example: <code key="e">rtsp://192.168.1.5:8554</code> })}
			>
				<input
					id="camera-push"
					value={push.address}
					type="text"
					inputMode="url"
					autocomplete="off"
					autocapitalize="none"
					spellcheck={false}
					maxLength={512}
					aria-describedby="camera-push-hint"
					onInput={(ev) => set({ ...push, address: ev.currentTarget.value })}
				/>
			</Field>
			{push.address.trim() !== "" && (
				<>
					<div class="two">
						<Field id="camera-push-user" label={t("camera.push-user")}>
							<input
								id="camera-push-user"
								value={push.user}
								autocomplete="off"
								autocapitalize="none"
								spellcheck={false}
								maxLength={64}
								onInput={(ev) => set({ ...push, user: ev.currentTarget.value })}
							/>
						</Field>
						<Field id="camera-push-password" label={t("camera.push-password")} hint={t("camera.password-keep")}>
							<Password
								id="camera-push-password"
								value={push.password}
								set={(password) => set({ ...push, password })}
								fresh
								described="camera-push-password-hint"
							/>
						</Field>
					</div>
					<Field id="camera-push-codec" label={t("camera.push-codec")} hint={t("camera.push-codec-hint")}>
						<select
							id="camera-push-codec"
							value={push.codec}
							aria-describedby="camera-push-codec-hint"
							onChange={(ev) => set({ ...push, codec: ev.currentTarget.value === "mjpeg" ? "mjpeg" : "h264" })}
						>
							<option value="h264">{t("camera.push-h264")}</option>
							<option value="mjpeg">{t("camera.push-mjpeg")}</option>
						</select>
					</Field>
				</>
			)}
		</>
	);
}
