// SPDX-License-Identifier: GPL-3.0-or-later
// The addresses of a camera's stream: each with who it is for, and a button to copy it.
import { useState } from "preact/hooks";
import { urls } from "../lib/data";
import { t } from "../lib/i18n";
import { Card, Copy, Show } from "./basics";
import { Icon } from "./icon";

const outputs = ["rtsp", "mjpeg", "snapshot", "rtsp_mjpeg"] as const;

export function Connect({ name, jpeg }: { name: string; jpeg: string }) {
	return (
		<Card title={t("connect.title")}>
			<p class="muted">{t("connect.lead")}</p>
			<Show of={urls(name)}>
				{(u) => (
					<>
						<ul class="urls">
							{outputs.map((out) => (
								<li key={out}>
									<div class="urls-text">
										<strong>{t(`connect.${out}`)}</strong>
										<span class="muted">{t(`connect.${out}-for`)}</span>
										{out === "rtsp_mjpeg" && <JpegVerdict jpeg={jpeg} />}
										<code class="url">{u[out]}</code>
									</div>
									<Copy text={u[out]} what={t(`connect.${out}`)} />
								</li>
							))}
						</ul>
						{u.password === null
							? <p class="muted">{t("connect.ask-admin")}</p>
							: <Credentials user={u.user} password={u.password} />}
					</>
				)}
			</Show>
		</Card>
	);
}

// What stands between the camera's pictures and RTP; nothing when they go as they are.
function JpegVerdict({ jpeg }: { jpeg: string }) {
	if (jpeg === "" || jpeg === "ok")
		return null;
	const never = /^H.264 only: (.*)/.exec(jpeg);
	return never
		? <span class="field-error">{t("connect.jpeg-bad", { why: never[1] ?? "" })}</span>
		: <span class="muted">{t("connect.jpeg-made", { how: jpeg })}</span>;
}

export function Credentials({ user, password }: { user: string; password: string }) {
	const [shown, setShown] = useState(false);
	return (
		<div class="credentials">
			<p>{t("connect.credentials")}</p>
			<dl class="facts">
				<div>
					<dt>{t("connect.user")}</dt>
					<dd><code>{user}</code> <Copy text={user} what={t("connect.user")} /></dd>
				</div>
				<div>
					<dt>{t("connect.password")}</dt>
					<dd>
						<code>{shown ? password : "•".repeat(12)}</code>
						<button
							type="button"
							class="button quiet square"
							aria-pressed={shown}
							aria-label={t("action.show-password")}
							onClick={() => setShown(!shown)}
						>
							<Icon name="eye" size={18} />
						</button>
						<Copy text={password} what={t("connect.password")} />
					</dd>
				</div>
			</dl>
		</div>
	);
}
