// SPDX-License-Identifier: GPL-3.0-or-later
// Where one is signed in; for an administrator, where everybody is.
import { loadSession, request, session } from "../lib/api";
import { sessions } from "../lib/data";
import { since } from "../lib/format";
import { useAction, useAdmin } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import type { SignIn } from "../lib/types";
import { Card, Chip, ErrorNote, Show } from "../parts/basics";

const browsers: [RegExp, string][] = [
	[/Edg(e|A|iOS)?\//, "Edge"], [/OPR\//, "Opera"], [/SamsungBrowser\//, "Samsung Internet"],
	[/(Firefox|FxiOS)\//, "Firefox"], [/(Chrome|CriOS|Chromium)\//, "Chrome"], [/Safari\//, "Safari"],
	[/^curl\//, "curl"],
];
const systems: [RegExp, string][] = [
	[/Android/, "Android"], [/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Windows/, "Windows"],
	[/Mac OS X/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"],
];

/** "Firefox, Linux" out of what a browser says of itself; that itself when it is odd. */
function device(agent: string): string {
	const found = [browsers, systems].map((list) => list.find(([sign]) => sign.test(agent))?.[1]);
	const words = found.filter((word) => word !== undefined).join(", ");
	return words || agent || t("sessions.unnamed");
}

export function Sessions() {
	const me = useStore(session)?.user;
	const admin = useAdmin();
	const action = useAction();
	const end = (s: SignIn) => void action.run(async () => {
		await request("DELETE", `sessions/${s.id}`);
		if (s.current) await loadSession();
		else sessions().load();
	});
	return (
		<Card
			title={t("sessions.title")}
			actions={(
				<button
					type="button"
					class="button small"
					disabled={action.busy}
					onClick={() => void action.run(async () => {
						await request("POST", "sessions/end-others");
						sessions().load();
					})}
				>
					{t("sessions.end-others")}
				</button>
			)}
		>
			{action.error && <ErrorNote error={action.error} />}
			<Show of={sessions()}>
				{({ sessions: list }) => (
					<ul class="rows">
						{list.map((s) => (
							<li key={s.id} class="row row-flat">
								<span class="row-main" title={s.agent}>
									<strong>{admin && s.user !== me ? `${s.user}: ${device(s.agent)}` : device(s.agent)}</strong>
									<span class="muted">{t("sessions.line", { address: s.address, since: since(s.created_s), seen: since(s.seen_s) })}</span>
								</span>
								{s.current && <Chip tone="good" icon="check">{t("sessions.current")}</Chip>}
								{!s.current && (
									<span class="row-side">
										<button
											type="button"
											class="button small"
											disabled={action.busy}
											aria-label={t("sessions.end-of", { user: s.user, device: device(s.agent) })}
											onClick={() => end(s)}
										>
											{t("sessions.end")}
										</button>
									</span>
								)}
							</li>
						))}
					</ul>
				)}
			</Show>
		</Card>
	);
}
