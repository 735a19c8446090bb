// SPDX-License-Identifier: GPL-3.0-or-later
// The first page of a new appliance: whoever can read the code on its own screen
// becomes the first administrator.
import { useState } from "preact/hooks";
import { loadSession, request } from "../lib/api";
import { useAction } from "../lib/hooks";
import { rich, t } from "../lib/i18n";
import { ErrorNote, Field } from "../parts/basics";
import { Password } from "../parts/password";
import { Gate } from "./gate";

export const PASSWORD_MIN = 8;

export function Setup() {
	const [code, setCode] = useState("");
	const [user, setUser] = useState("");
	const [password, setPassword] = useState("");
	const [tried, setTried] = useState(false);
	const action = useAction();
	const short = tried && password.length < PASSWORD_MIN;
	const submit = (ev: Event) => {
		ev.preventDefault();
		setTried(true);
		if (password.length < PASSWORD_MIN) {
			document.getElementById("setup-password")?.focus();
			return;
		}
		void action.run(async () => {
			await request("POST", "setup", {
				body: { code: code.trim().toLowerCase().replace(/[^a-z0-9]/g, ""), user: user.trim(), password },
			});
			await loadSession();
		});
	};
	return (
		<Gate title={t("setup.title")} lead={t("setup.lead")}>
			<form onSubmit={submit}>
				<Field
					id="setup-code"
					label={t("setup.code")}
					hint={rich("setup.code-hint", { command: <code key="c">camherd setup-code</code> })}
				>
					<input
						id="setup-code"
						class="code-input"
						value={code}
						required
						autocomplete="one-time-code"
						autocapitalize="none"
						spellcheck={false}
						maxLength={20}
						aria-describedby="setup-code-hint"
						onInput={(ev) => setCode(ev.currentTarget.value)}
					/>
				</Field>
				<Field id="setup-user" label={t("people.user")}>
					<input
						id="setup-user"
						value={user}
						required
						autocomplete="username"
						autocapitalize="none"
						spellcheck={false}
						maxLength={64}
						onInput={(ev) => setUser(ev.currentTarget.value)}
					/>
				</Field>
				<Field
					id="setup-password"
					label={t("people.password")}
					hint={t("people.password-hint", { n: PASSWORD_MIN })}
					error={short ? t("people.password-short", { n: PASSWORD_MIN }) : undefined}
				>
					<Password id="setup-password" value={password} set={setPassword} fresh required described="setup-password-hint" />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<button class="button primary wide" disabled={action.busy}>{t("setup.go")}</button>
			</form>
		</Gate>
	);
}
