import { Badge } from "../../design";
import { language } from "../../lib/i18n";
import { actionWord } from "./ActionsDialog";
import { t } from "./messages";
import type { Verdict } from "./model";

/** What rules say, action by action. */
export function VerdictWords({ verdict }: { verdict: Verdict }) {
  if (verdict.actions.length === 0) return <span class="f-muted">{t.nothing}</span>;
  return (
    <ul class="f-stack f-stack-tight">
      {verdict.actions.map((one, at) => (
        <li key={at}>
          <Badge tone={one.action === verdict.ending ? "accent" : "neutral"}>{actionWord(one.action)}</Badge>{" "}
          <span class="f-code">{one.rule}</span>{" "}
          <span class="f-muted">{one.names.join(", ") || one.texts[language.value] || one.texts.en}</span>
        </li>
      ))}
    </ul>
  );
}
